/** @file Ids of a text, gathered in memory that is used again for the next one. */
import { chunkEnd } from "./chunk-end.ts";
import type { PieceCutter } from "./scanner.ts";
import { Utf8Buffer } from "./utf8-buffer.ts";
import { WordEncoder, type WordEncoderOptions } from "./word-encoder.ts";

/** Ids are added at the end; `clear` begins the next text. */
export class IdWriter {
  length = 0;
  readonly #scanner: PieceCutter;
  readonly #words: WordEncoder;
  readonly #text = new Utf8Buffer();
  #ids = new Uint32Array(1024);

  constructor(options: WordEncoderOptions) {
    this.#scanner = options.scanner;
    this.#words = new WordEncoder(options);
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
      const size = this.#text.write(isAll ? text : text.slice(start, stop));
      this.#reserve(size);
      const { bytes, view } = this.#text;
      this.length = this.#words.encode(view, bytes, 0, size, this.#ids, this.length, limit);
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
