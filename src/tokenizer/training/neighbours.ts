/** @file What stood beside a pair that is being merged: by token, how often and in which words. Reused from merge to merge. */
import { withRoom } from "./growing.ts";

const none = -1;

export class Neighbours {
  /** Tokens that were seen, in order of their first sighting. */
  readonly seen: number[] = [];
  readonly #counts: Float64Array;
  readonly #numWords: Uint32Array;
  readonly #lasts: Int32Array; // by token, its latest entry in the chains
  #chainWords = new Uint32Array(1 << 10);
  #chainBefore = new Int32Array(1 << 10);
  #chainLength = 0;

  constructor(vocabSize: number) {
    this.#counts = new Float64Array(vocabSize);
    this.#numWords = new Uint32Array(vocabSize);
    this.#lasts = new Int32Array(vocabSize).fill(none);
  }

  /** Notes `token` in `word`, which is the latest word or a later one. */
  add(token: number, word: number, count: number): void {
    this.#counts[token] += count;
    const last = this.#lasts[token];
    if (last === none) this.seen.push(token);
    else if (this.#chainWords[last] === word) return;
    this.#numWords[token]++;
    const entry = this.#chainLength++;
    if (entry >= this.#chainWords.length) {
      this.#chainWords = withRoom(this.#chainWords, entry + 1);
      this.#chainBefore = withRoom(this.#chainBefore, entry + 1);
    }
    this.#chainWords[entry] = word;
    this.#chainBefore[entry] = last;
    this.#lasts[token] = entry;
  }

  countOf(token: number): number {
    return this.#counts[token];
  }

  numWordsOf(token: number): number {
    return this.#numWords[token];
  }

  /** Writes the words of `token` into `list` from `start` on, in ascending order. */
  writeWords(token: number, list: Uint32Array, start: number): void {
    let place = start + this.#numWords[token];
    for (let at = this.#lasts[token]; at !== none; at = this.#chainBefore[at]) {
      list[--place] = this.#chainWords[at];
    }
  }

  clear(): void {
    for (const token of this.seen) {
      this.#counts[token] = 0;
      this.#numWords[token] = 0;
      this.#lasts[token] = none;
    }
    this.seen.length = 0;
    this.#chainLength = 0;
  }
}
