/** @file What stood beside a pair that is being merged: by token, how often and in which words. Reused from merge to merge. */
import { withRoom } from "./growing.ts";
import { entryBytes, writeEntry } from "./word-lists.ts";

const none = -1;

export class Neighbours {
  /** Tokens that were seen, in order of their first sighting. */
  readonly seen: number[] = [];
  readonly #counts: Float64Array;
  readonly #sizes: Uint32Array; // of the list of words, in bytes
  readonly #lasts: Int32Array; // by token, its latest entry in the chains
  #chainWords = new Uint32Array(1 << 10);
  #chainBefore = new Int32Array(1 << 10);
  #chainLength = 0;

  constructor(vocabSize: number) {
    this.#counts = new Float64Array(vocabSize);
    this.#sizes = new Uint32Array(vocabSize);
    this.#lasts = new Int32Array(vocabSize).fill(none);
  }

  /** Notes `token` in `word`, which is the latest word or a later one. */
  add(token: number, word: number, count: number): void {
    this.#counts[token] += count;
    const last = this.#lasts[token];
    if (last === none) this.seen.push(token);
    else if (this.#chainWords[last] === word) return;
    this.#sizes[token] += entryBytes(word - this.#wordOf(last));
    const entry = this.#chainLength++;
    if (entry >= this.#chainWords.length) {
      this.#chainWords = withRoom(this.#chainWords, entry + 1);
      this.#chainBefore = withRoom(this.#chainBefore, entry + 1);
    }
    this.#chainWords[entry] = word;
    this.#chainBefore[entry] = last;
    this.#lasts[token] = entry;
  }

  get memoryBytes(): number {
    const arrays = [this.#counts, this.#sizes, this.#lasts, this.#chainWords, this.#chainBefore];
    return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  countOf(token: number): number {
    return this.#counts[token];
  }

  /** How many bytes a list of the words of `token` takes. */
  listBytesOf(token: number): number {
    return this.#sizes[token];
  }

  /** Writes the list of the words of `token` from `start` on. */
  writeList(token: number, bytes: Uint8Array, start: number): void {
    let place = start + this.#sizes[token];
    for (let at = this.#lasts[token]; at !== none; at = this.#chainBefore[at]) {
      const distance = this.#chainWords[at] - this.#wordOf(this.#chainBefore[at]);
      place -= entryBytes(distance);
      writeEntry(bytes, place, distance);
    }
  }

  /** The word of an entry; before the first one, that which a list starts to count from. */
  #wordOf(entry: number): number {
    return entry === none ? -1 : this.#chainWords[entry];
  }

  clear(): void {
    for (const token of this.seen) {
      this.#counts[token] = 0;
      this.#sizes[token] = 0;
      this.#lasts[token] = none;
    }
    this.seen.length = 0;
    this.#chainLength = 0;
  }
}
