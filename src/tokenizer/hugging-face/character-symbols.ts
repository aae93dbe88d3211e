/**
 * @file The smallest tokens of a text: characters, or bytes where the vocabulary is byte-level. What has no token is spelled by its bytes'
 * tokens (`<0x0A>`), or is the unknown token; without either it is an error, where Hugging Face drops it without a word.
 */
import { codePointAt } from "../bpe/character-class.ts";
import type { SymbolsOf } from "../bpe/piece-encoder.ts";
import { describeCodePoint } from "../code-points.ts";
import { UnknownTextError } from "../unknown-text-error.ts";
import { byteCharacters } from "./byte-characters.ts";
import type { BytePairModel } from "./model.ts";

const absent = -1;

/** The model's symbols for single characters: by code point, its id or -1. */
export function characterIds({ ids }: BytePairModel): Int32Array {
  const singles: (readonly [codePoint: number, id: number])[] = [];
  let size = 0;
  for (const [spelling, id] of ids) {
    if (spelling.length > 2) continue;
    const codePoint = spelling.codePointAt(0) ?? 0;
    if (spelling !== String.fromCodePoint(codePoint)) continue;
    singles.push([codePoint, id]);
    size = Math.max(size, codePoint + 1);
  }
  const table = new Int32Array(size).fill(absent);
  for (const [codePoint, id] of singles) table[codePoint] = id;
  return table;
}

/** The ids of the 256 tokens for bytes; -1 for each that is missing. */
export function fallbackIds({ ids, fallsBackToBytes }: BytePairModel): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    const name = byte.toString(16).toUpperCase().padStart(2, "0");
    return (fallsBackToBytes ? ids.get(`<0x${name}>`) : undefined) ?? absent;
  });
}

/** Symbols of characters. */
export function characterSymbols(model: BytePairModel, known: Int32Array): SymbolsOf {
  const fallback = fallbackIds(model);
  const { unknownId = absent, fusesUnknown } = model;

  return (bytes, start, end, symbols) => {
    let count = 0;
    let isUnknown = false; // the characters before, whose unknown token waits for one that is known
    for (let at = start; at < end;) {
      const character = codePointAt(bytes, at);
      const next = at + (character & 7);
      const id = known[character >> 3] ?? absent;
      if (id !== absent) {
        if (isUnknown) symbols[count++] = unknownId;
        isUnknown = false;
        symbols[count++] = id;
      } else if (hasAll(fallback, bytes, at, next)) {
        for (let i = at; i < next; i++) symbols[count++] = fallback[bytes[i]];
      } else {
        if (unknownId === absent) throw unknownText(bytes, at, character >> 3);
        if (isUnknown && !fusesUnknown) symbols[count++] = unknownId;
        isUnknown = true;
      }
      at = next;
    }
    if (isUnknown) symbols[count++] = unknownId;
    return count;
  };
}

/** Symbols of bytes. */
export function byteLevelSymbols(model: BytePairModel): SymbolsOf {
  const known = Int32Array.from(byteCharacters, (spelling) => model.ids.get(spelling) ?? absent);
  const { unknownId = absent, fusesUnknown } = model;
  if (!known.includes(absent)) {
    return (bytes, start, end, symbols) => {
      const size = end - start;
      for (let i = 0; i < size; i++) symbols[i] = known[bytes[start + i]];
      return size;
    };
  }
  return (bytes, start, end, symbols) => {
    let count = 0;
    for (let at = start; at < end; at++) {
      const id = known[bytes[at]];
      if (id === absent && unknownId === absent) throw unknownByte(bytes, at);
      const isFused =
        id === absent && fusesUnknown && at > start && known[bytes[at - 1]] === absent;
      if (!isFused) symbols[count++] = id === absent ? unknownId : id;
    }
    return count;
  };
}

function hasAll(ids: Int32Array, bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (ids[bytes[at]] === absent) return false;
  return true;
}

const advice = "Use a tokenizer whose vocabulary has it.";

function unknownText(bytes: Uint8Array, at: number, codePoint: number): UnknownTextError {
  return new UnknownTextError(
    `character ${describeCodePoint(codePoint)}`,
    unitsBefore(bytes, at),
    advice,
  );
}

function unknownByte(bytes: Uint8Array, at: number): UnknownTextError {
  return new UnknownTextError(`byte ${bytes[at]}`, unitsBefore(bytes, at), advice);
}

function unitsBefore(bytes: Uint8Array, at: number): number {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, at)).length;
}
