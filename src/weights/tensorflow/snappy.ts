/**
 * @file Snappy, decompressed: a length, then literal bytes and copies of bytes that came before.
 * https://github.com/google/snappy/blob/main/format_description.txt
 */
import { ByteCursor, Malformed } from "./byte-cursor.ts";

interface Step {
  readonly length: number;
  /** Bytes to copy, or how far back to copy from. */
  readonly from: Uint8Array | number;
}

/** The bytes that `compressed` stands for. Throws Malformed; takes memory only when all steps are known to be right. */
export function decompressSnappy(compressed: Uint8Array): Uint8Array {
  const expected = new ByteCursor(compressed).varint();
  let produced = 0;
  for (const { length, from } of stepsOf(compressed)) {
    if (typeof from === "number" && (from === 0 || from > produced)) {
      throw new Malformed("a copy from before the beginning");
    }
    produced += length;
  }
  if (produced !== expected) throw new Malformed(`${produced} bytes instead of ${expected}`);
  const bytes = new Uint8Array(produced);
  let at = 0;
  for (const { length, from } of stepsOf(compressed)) {
    if (typeof from !== "number") bytes.set(from, at);
    else for (let i = 0; i < length; i++) bytes[at + i] = bytes[at + i - from]; // may overlap: repeats
    at += length;
  }
  return bytes;
}

function* stepsOf(compressed: Uint8Array): Generator<Step> {
  const cursor = new ByteCursor(compressed);
  cursor.varint();
  while (!cursor.isAtEnd) {
    const tag = cursor.byte();
    const upper = tag >> 2;
    if ((tag & 3) === 0) {
      const length = 1 + (upper < 60 ? upper : littleEndian(cursor, upper - 59));
      yield { length, from: cursor.take(length) };
    } else if ((tag & 3) === 1) {
      yield { length: 4 + (upper & 7), from: ((upper >> 3) << 8) | cursor.byte() };
    } else {
      yield { length: 1 + upper, from: littleEndian(cursor, (tag & 3) === 2 ? 2 : 4) };
    }
  }
}

function littleEndian(cursor: ByteCursor, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) value += cursor.byte() * 256 ** i;
  return value;
}
