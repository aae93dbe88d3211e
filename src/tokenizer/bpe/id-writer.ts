/** @file Ids of a text, gathered in memory that is used again for the next one. */
import { chunkEnd } from "./chunk-end.ts";
import type { PieceCutter } from "./scanner.ts";

/** Encodes a part of a text that ends where a piece does. */
export interface PartEncoder {
  /** Its ids, in memory that the next call uses again; stops soon after `limit` of them. */
  encode(text: string, limit: number): Uint32Array;
}

/** Ids are added at the end; `clear` begins the next text. */
export class IdWriter {
  length = 0;
  readonly #scanner: PieceCutter;
  readonly #encoder: PartEncoder;
  #ids = new Uint32Array(1024);

  constructor(scanner: PieceCutter, encoder: PartEncoder) {
    this.#scanner = scanner;
    this.#encoder = encoder;
  }

  clear(): void {
    this.length = 0;
  }

  /** A copy of the ids. */
  take(): Uint32Array {
    return this.#ids.slice(0, this.length);
  }

  /** Adds one id. */
  push(id: number): void {
    this.#reserve(1);
    this.#ids[this.length++] = id;
  }

  /** Adds the ids of `text[start … end)`; stops soon after there are `limit`. */
  write(text: string, start: number, end: number, limit: number): void {
    while (start < end && this.length <= limit) {
      const stop = chunkEnd(this.#scanner, text, start, end);
      const isAll = start === 0 && stop === text.length;
      const part = isAll ? text : text.slice(start, stop);
      const ids = this.#encoder.encode(part, limit - this.length);
      this.#reserve(ids.length);
      this.#ids.set(ids, this.length);
      this.length += ids.length;
      start = stop;
    }
  }

  #reserve(count: number): void {
    if (this.length + count <= this.#ids.length) return;
    const grown = new Uint32Array(2 * (this.length + count));
    grown.set(this.#ids.subarray(0, this.length));
    this.#ids = grown;
  }
}
