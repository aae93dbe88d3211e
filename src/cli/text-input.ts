/** @file Text and bytes that a command reads from files, from standard input or from its own words, as they come, kept exactly. */
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { Utf8Reader } from "../data/index.ts";
import type { TextDocument } from "../data/index.ts";
import type { Terminal } from "./terminal.ts";
import { fileError } from "../file-errors.ts";

/** A text that is read once, from its start to its end. */
export type TextInput = Pick<TextDocument, "name" | "chunks">;

/** The text of an option. */
export function givenText(name: string, text: string): TextInput {
  return {
    name,
    async *chunks() {
      yield { text, sizeBytes: Buffer.byteLength(text) };
    },
  };
}

/** Files in the order named; `-`, or no name at all, is standard input. */
export function textInputs(paths: readonly string[], terminal: Terminal): TextInput[] {
  return (paths.length === 0 ? ["-"] : paths).map((path) => {
    const name = inputName(path);
    return { name, chunks: () => readText(name, bytesOf(path, terminal)) };
  });
}

/** All of standard input. Throws a UserError where it is no UTF-8. */
export async function wholeText(terminal: Terminal): Promise<string> {
  let text = "";
  for (const { chunks } of textInputs([], terminal)) {
    for await (const chunk of chunks()) text += chunk.text;
  }
  return text;
}

/** What errors call an input. */
export function inputName(path: string): string {
  return path === "-" ? "standard input" : path;
}

/** Bytes of a file, or of standard input for `-`. */
export async function* bytesOf(path: string, { stdin }: Terminal): AsyncGenerator<Uint8Array> {
  const stream: Readable =
    path === "-" ? stdin : createReadStream(path, { highWaterMark: 1 << 17 });
  try {
    for await (const piece of stream) {
      yield typeof piece === "string" ? Buffer.from(piece) : (piece as Uint8Array);
    }
  } catch (error) {
    throw fileError(error, inputName(path), "a file that can be read");
  }
}

async function* readText(name: string, pieces: AsyncIterable<Uint8Array>) {
  const reader = new Utf8Reader(name, { isExact: true });
  for await (const piece of pieces) yield { text: reader.read(piece), sizeBytes: piece.length };
  reader.end();
}
