/**
 * @file From UTF-8 bytes to token ids: a scanner cuts them into pieces, and most pieces are words that came before. So the tokens of short
 * words are remembered in one flat array: a word is four 32-bit numbers, found by one hash, and costs no allocation. It lies in one of two
 * slots side by side, the newer word in the one that its hash names: a rare word does not push out a frequent one at once.
 */
import type { PartEncoder } from "./id-writer.ts";
import { PieceEncoder, type PieceEncoderOptions } from "./piece-encoder.ts";
import type { PieceCutter } from "./scanner.ts";
import { Utf8Buffer } from "./utf8-buffer.ts";

export interface WordEncoderOptions extends PieceEncoderOptions {
  readonly scanner: PieceCutter;
}

const slotBits = 17;
const slotInts = 8; // four of the word's bytes, its length and number of tokens, three tokens
const mostBytes = 16;
const mostTokens = 3; // two bits

/** Cuts text into pieces and encodes them. */
export class WordEncoder implements PartEncoder {
  readonly #scanner: PieceCutter;
  readonly #pieces: PieceEncoder;
  readonly #cache = new Int32Array(slotInts << slotBits);
  readonly #text = new Utf8Buffer();
  #ids = new Uint32Array(1024);

  constructor(options: WordEncoderOptions) {
    this.#scanner = options.scanner;
    this.#pieces = new PieceEncoder(options);
  }

  encode(text: string, limit: number): Uint32Array {
    const size = this.#text.write(text);
    if (this.#ids.length < size) this.#ids = new Uint32Array(2 * size); // at most an id for each byte
    return this.#ids.subarray(0, this.#encode(size, limit));
  }

  /** Writes the ids of the first `end` bytes of `#text` to `#ids`; how many. */
  #encode(end: number, limit: number): number {
    const { bytes, view } = this.#text;
    const ids = this.#ids;
    let length = 0;
    const scanner = this.#scanner;
    const cache = this.#cache;
    for (let at = 0; at < end && length <= limit;) {
      const next = scanner.pieceEnd(bytes, at, end);
      const size = next - at;
      if (size > mostBytes) {
        length = this.#pieces.encode(bytes, at, next, ids, length);
        at = next;
        continue;
      }
      let a = view.getInt32(at, true);
      let b = 0;
      let c = 0;
      let d = 0;
      if (size <= 4) a &= tailMask[size];
      else {
        b = view.getInt32(at + 4, true);
        if (size <= 8) b &= tailMask[size - 4];
        else {
          c = view.getInt32(at + 8, true);
          if (size <= 12) c &= tailMask[size - 8];
          else d = view.getInt32(at + 12, true) & tailMask[size - 12];
        }
      }
      let slot = hashWord(a, b, c, d, size) * slotInts;
      if (!isWord(cache, slot, a, b, c, d, size)) {
        const other = slot ^ slotInts;
        if (!isWord(cache, other, a, b, c, d, size)) {
          const first = length;
          length = this.#pieces.encode(bytes, at, next, ids, length);
          at = next;
          const written = length - first;
          if (written > mostTokens) continue;
          for (let i = 0; i < slotInts; i++) cache[other + i] = cache[slot + i];
          cache[slot] = a;
          cache[slot + 1] = b;
          cache[slot + 2] = c;
          cache[slot + 3] = d;
          cache[slot + 4] = (size << 2) | written;
          for (let i = 0; i < written; i++) cache[slot + 5 + i] = ids[first + i];
          continue;
        }
        slot = other;
      }
      const count = cache[slot + 4] & mostTokens;
      ids[length] = cache[slot + 5];
      if (count > 1) {
        ids[length + 1] = cache[slot + 6];
        if (count > 2) ids[length + 2] = cache[slot + 7];
      }
      length += count;
      at = next;
    }
    return length;
  }
}

/** Whether the slot holds these bytes. */
function isWord(
  cache: Int32Array,
  slot: number,
  a: number,
  b: number,
  c: number,
  d: number,
  size: number,
): boolean {
  return (
    cache[slot] === a &&
    cache[slot + 1] === b &&
    cache[slot + 2] === c &&
    cache[slot + 3] === d &&
    cache[slot + 4] >> 2 === size
  );
}

// Keeps the first bytes of four, read in little-endian order.
const tailMask = Int32Array.of(0, 0xff, 0xffff, 0xffffff, -1);

function hashWord(a: number, b: number, c: number, d: number, size: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  hash ^= Math.imul(c, 0xc2b2ae35) ^ Math.imul(d, 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 15) ^ size, 0x2c1b3c6d);
  return hash >>> (32 - slotBits);
}
