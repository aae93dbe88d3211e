/**
 * @file GPT-2's byte-pair encoding as plainly as it can be said, for the few texts of chapter 4; the tokenizer room will have
 * the real one, and this can then be what it is held against. Its two files are OpenAI's, from the folder `SCRATCHLM_DATA`.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.env["SCRATCHLM_DATA"] ?? "";
export const hasGpt2Vocabulary =
  folder !== "" && ["encoder.json", "vocab.bpe"].every((name) => existsSync(join(folder, name)));

const words = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** How the files write a byte: itself where it is visible in Latin-1, else the next free character from U+0100 on. */
function byteCharacters(): string[] {
  const isVisible = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  let free = 256;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCodePoint(isVisible(byte) ? byte : free++),
  );
}

function load() {
  const ids = JSON.parse(readFileSync(join(folder, "encoder.json"), "utf8")) as Record<
    string,
    number
  >;
  const lines = readFileSync(join(folder, "vocab.bpe"), "utf8").split("\n").slice(1);
  return { ids, ranks: new Map(lines.map((line, rank) => [line, rank])), bytes: byteCharacters() };
}

let loaded: ReturnType<typeof load> | undefined;
const vocabulary = () => (loaded ??= load());

/** Joins the pair of lowest rank until no pair is left that has one. */
function merge(parts: string[]): string[] {
  const rankAt = (i: number) => vocabulary().ranks.get(`${parts[i]} ${parts[i + 1]}`) ?? Infinity;
  for (;;) {
    const ranks = parts.slice(1).map((_, i) => rankAt(i));
    const best = Math.min(...ranks);
    if (best === Infinity) return parts;
    const at = ranks.indexOf(best);
    parts.splice(at, 2, parts[at] + parts[at + 1]);
  }
}

export function encode(text: string): number[] {
  const { ids, bytes } = vocabulary();
  return (text.match(words) ?? []).flatMap((word) =>
    merge(Array.from(Buffer.from(word), (byte) => bytes[byte])).map((token) => ids[token]),
  );
}

export function decode(tokens: readonly number[]): string {
  const { ids, bytes } = vocabulary();
  const names = new Map(Object.entries(ids).map(([token, id]) => [id, token]));
  const characters = tokens.flatMap((id) => [...names.get(id)!]);
  return Buffer.from(characters.map((character) => bytes.indexOf(character))).toString();
}
