/** @file What a person types in a chat: lines, from a terminal or a pipe, and the messages and commands that they make. */
import { createInterface } from "node:readline";
import type { Interface } from "node:readline";
import { Writable } from "node:stream";
import type { Terminal } from "./terminal.ts";

/** A line; `interrupted` where Ctrl-C came first, `end` where no more comes. */
export type Line = { readonly text: string } | "interrupted" | "end";

export interface LineReader {
  /** Shows `prompt` where a person sees it, and waits for a line. */
  read(prompt: string): Promise<Line>;
  close(): void;
}

export function lineReader(terminal: Terminal): LineReader {
  return terminal.stdin.isTTY === true ? new TypedLines(terminal) : new PipedLines(terminal);
}

/** Lines that are edited in a terminal. Between them it is as other programs know it, so that Ctrl-C is a signal. */
class TypedLines implements LineReader {
  readonly #terminal: Terminal;
  #history: string[] = [];
  #open: Interface | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  read(prompt: string): Promise<Line> {
    const { stdin, stdout, columns } = this.#terminal;
    const write = (chunk: Buffer, _encoding: string, done: () => void) => {
      stdout.write(chunk.toString());
      done();
    };
    const output = Object.assign(new Writable({ write }), { columns });
    const lines = createInterface({
      ...{ input: stdin, output, terminal: true, prompt },
      ...{ history: this.#history, historySize: 200, removeHistoryDuplicates: true },
    });
    this.#open = lines;
    return new Promise((resolve) => {
      const answer = (line: Line) => {
        resolve(line); // before closing, which is an end too
        this.#open = undefined;
        lines.close();
      };
      lines.on("history", (history) => (this.#history = history));
      lines.on("line", (text) => answer({ text }));
      lines.on("SIGINT", () => {
        const isEmpty = lines.line === "";
        stdout.write("\n");
        answer(isEmpty ? "interrupted" : { text: "" });
      });
      lines.on("close", () => answer("end"));
      lines.prompt();
    });
  }

  close(): void {
    this.#open?.close();
  }
}

/** Lines of a pipe or a file. */
class PipedLines implements LineReader {
  readonly #interface: Interface;
  readonly #lines: AsyncIterator<string>;

  constructor({ stdin }: Terminal) {
    this.#interface = createInterface({ input: stdin, terminal: false });
    this.#lines = this.#interface[Symbol.asyncIterator]();
  }

  async read(): Promise<Line> {
    const { done, value } = await this.#lines.next();
    return done ? "end" : { text: value };
  }

  close(): void {
    this.#interface.close();
  }
}

/** A message of one or several lines. A line that ends with a backslash goes on; `"""` begins and ends a block. */
export async function readMessage(reader: LineReader, prompt: string): Promise<Line> {
  const first = await reader.read(prompt);
  if (typeof first === "string") return first;
  const fence = '"""';
  if (!first.text.trimStart().startsWith(fence)) return readContinued(reader, first.text);
  let text = first.text.trimStart().slice(fence.length);
  while (!text.trimEnd().endsWith(fence)) {
    const next = await reader.read("… ");
    if (typeof next === "string") return next;
    text += `\n${next.text}`;
  }
  const block = text.trimEnd().slice(0, -fence.length);
  return { text: block.replace(/^\n/, "").replace(/\n$/, "") };
}

async function readContinued(reader: LineReader, first: string): Promise<Line> {
  let text = first;
  while (text.endsWith("\\")) {
    const next = await reader.read("… ");
    if (typeof next === "string") return next;
    text = `${text.slice(0, -1)}\n${next.text}`;
  }
  return { text };
}
