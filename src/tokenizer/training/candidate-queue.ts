/**
 * @file Pairs that may be merged next, the most frequent on top: a binary heap over typed arrays. Each candidate has the list of words
 * in which it was found; all lists lie in one array, which is tidied when half of it is no longer needed.
 * Counts only fall, so they are brought up to date when a candidate comes to the top, not before ("lazy deletion").
 */
import { withRoom } from "./growing.ts";

/** A pair of neighbours, as it was when it was last looked at. */
export interface Candidate {
  readonly left: number;
  readonly right: number;
  readonly count: number;
  /** Decides between equal counts, before the ids do: the lower the better. */
  readonly first: number;
}

export interface NewCandidate extends Candidate {
  readonly numWords: number;
}

export class CandidateQueue {
  #lefts = new Int32Array(1 << 10);
  #rights = new Int32Array(1 << 10);
  #counts = new Float64Array(1 << 10);
  #firsts = new Uint32Array(1 << 10);
  #starts = new Uint32Array(1 << 10);
  #lengths = new Uint32Array(1 << 10);
  /** Indices of candidates in the arrays above; no candidate is before its parent at half the place. */
  #heap = new Uint32Array(1 << 10);
  #size = 0;
  /** Indices that candidates have left free. */
  readonly #free: number[] = [];
  /** The words of all candidates; replaced by `add`. */
  words = new Uint32Array(1 << 12);
  #wordsEnd = 0;
  #wordsLeft = 0; // entries of `words` that belong to no candidate any more

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** Adds a candidate, and gives the place in `words` from which on its words are to be written. */
  add({ left, right, count, first, numWords }: NewCandidate): number {
    this.#makeRoom(numWords);
    const candidate = this.#free.pop() ?? this.#size;
    if (candidate >= this.#lefts.length) this.#grow(candidate + 1);
    this.#lefts[candidate] = left;
    this.#rights[candidate] = right;
    this.#counts[candidate] = count;
    this.#firsts[candidate] = first;
    this.#starts[candidate] = this.#wordsEnd;
    this.#lengths[candidate] = numWords;
    this.#rise(this.#size++, candidate);
    this.#wordsEnd += numWords;
    return this.#starts[candidate];
  }

  /** The most frequent candidate; of equals the one with the lowest ids. */
  top(): Candidate {
    const candidate = this.#heap[0];
    return {
      left: this.#lefts[candidate],
      right: this.#rights[candidate],
      count: this.#counts[candidate],
      first: this.#firsts[candidate],
    };
  }

  /** Words that had the top pair when it became a candidate, in ascending order; valid until the next `add`. */
  topWords(): Uint32Array {
    const start = this.#starts[this.#heap[0]];
    return this.words.subarray(start, start + this.#lengths[this.#heap[0]]);
  }

  /** Gives the top candidate its true count, and the place that is due to it. */
  lowerTop(count: number, first: number): void {
    this.#counts[this.#heap[0]] = count;
    this.#firsts[this.#heap[0]] = first;
    this.#sink(0, this.#heap[0]);
  }

  /** Takes the top candidate out. */
  removeTop(): void {
    const [candidate] = this.#heap;
    this.#wordsLeft += this.#lengths[candidate];
    this.#free.push(candidate);
    const last = this.#heap[--this.#size];
    if (this.#size > 0) this.#sink(0, last);
  }

  #rise(place: number, candidate: number): void {
    const heap = this.#heap;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(candidate, heap[parent])) break;
      heap[place] = heap[parent];
      place = parent;
    }
    heap[place] = candidate;
  }

  #sink(place: number, candidate: number): void {
    const heap = this.#heap;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#isBefore(heap[child + 1], heap[child])) child++;
      if (!this.#isBefore(heap[child], candidate)) break;
      heap[place] = heap[child];
      place = child;
    }
    heap[place] = candidate;
  }

  #isBefore(a: number, b: number): boolean {
    if (this.#counts[a] !== this.#counts[b]) return this.#counts[a] > this.#counts[b];
    if (this.#firsts[a] !== this.#firsts[b]) return this.#firsts[a] < this.#firsts[b];
    if (this.#lefts[a] !== this.#lefts[b]) return this.#lefts[a] < this.#lefts[b];
    return this.#rights[a] < this.#rights[b];
  }

  #grow(numCandidates: number): void {
    this.#lefts = withRoom(this.#lefts, numCandidates);
    this.#rights = withRoom(this.#rights, numCandidates);
    this.#counts = withRoom(this.#counts, numCandidates);
    this.#firsts = withRoom(this.#firsts, numCandidates);
    this.#starts = withRoom(this.#starts, numCandidates);
    this.#lengths = withRoom(this.#lengths, numCandidates);
    this.#heap = withRoom(this.#heap, numCandidates);
  }

  #makeRoom(numWords: number): void {
    if (this.#wordsEnd + numWords <= this.words.length) return;
    if (2 * this.#wordsLeft > this.#wordsEnd) this.#tidy();
    this.words = withRoom(this.words, this.#wordsEnd + numWords);
  }

  /** Moves the lists together, in the order in which they lie. */
  #tidy(): void {
    const byStart = this.#heap
      .slice(0, this.#size)
      .sort((a, b) => this.#starts[a] - this.#starts[b]);
    let end = 0;
    for (const candidate of byStart) {
      const start = this.#starts[candidate];
      this.words.copyWithin(end, start, start + this.#lengths[candidate]);
      this.#starts[candidate] = end;
      end += this.#lengths[candidate];
    }
    this.#wordsEnd = end;
    this.#wordsLeft = 0;
  }
}
