/**
 * @file Pairs that may be merged next, the most frequent on top: a binary heap over typed arrays, with the list of words in which each
 * pair was found. Counts mostly fall, so the heap is put right when a candidate comes to the top, not before ("lazy deletion").
 */
import { CostsByCount } from "./costs-by-count.ts";
import { withRoom } from "./growing.ts";
import { none, type PairTable } from "./pair-table.ts";
import { entryBytes, type WordLists, writeEntry } from "./word-lists.ts";

const fewest = 1 << 14;

/** What a pair takes in the table and in the queue, roughly. */
export const bytesPerPair = 48;

export class CandidateQueue {
  readonly #pairs: PairTable;
  readonly #lists: WordLists;
  /** By the index of a pair: the count by which it has its place in the heap; before it has one, the latest word noted for it. */
  #ranks = new Float64Array(fewest);
  /** Decides between equal counts, before the ids do: the lower the better; nothing where the ids alone do. */
  #firsts: Float64Array | undefined;
  /** By the index of a pair: where its list starts, and how long it is in bytes. */
  starts = new Uint32Array(fewest);
  sizes = new Uint32Array(fewest);
  /** Indices of pairs; none is before its parent at half the place. */
  #heap = new Uint32Array(fewest);
  #size = 0;
  #room = fewest; // of the shortest of these arrays

  constructor(pairs: PairTable, lists: WordLists, { seesFirst }: { readonly seesFirst: boolean }) {
    this.#pairs = pairs;
    this.#lists = lists;
    if (seesFirst) this.#firsts = new Float64Array(fewest);
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  get memoryBytes(): number {
    const arrays = [this.#ranks, this.#firsts, this.starts, this.sizes, this.#heap];
    return arrays.reduce((sum, array) => sum + (array?.byteLength ?? 0), 0);
  }

  /** The most frequent pair, by its index; of equals the one that is seen first, then the one with the lowest ids. */
  get top(): number {
    return this.#heap[0];
  }

  /** Whether the top pair is where its count, and the place where it is first seen, want it. */
  isTopRight(first: number): boolean {
    const { top } = this;
    const isFirst = !this.#firsts || this.#firsts[top] === first;
    return isFirst && this.#ranks[top] === this.#pairs.counts[top];
  }

  /** Gives the top pair the place that is due to it. */
  lowerTop(first: number): void {
    const { top } = this;
    this.#ranks[top] = this.#pairs.counts[top];
    if (this.#firsts) this.#firsts[top] = first;
    this.#sink(0, top);
  }

  removeTop(): void {
    const last = this.#heap[--this.#size];
    if (this.#size > 0) this.#sink(0, last);
  }

  /** Adds a pair whose list takes `sizeBytes`, and gives the place where it is to be written. */
  add(pair: number, sizeBytes: number): number {
    this.#makeRoom(pair);
    this.starts[pair] = this.#lists.reserve(sizeBytes);
    this.sizes[pair] = sizeBytes;
    this.#push(pair);
    return this.starts[pair];
  }

  /** Takes all candidates out. */
  clear(): void {
    this.#size = 0;
    this.#lists.clear();
  }

  /** Forgets all pairs, in the table and here, that occur less often than `least`. */
  keepFrequent(least: number): void {
    this.clear();
    this.#pairs.keepFrequent(least, (from, to) => {
      this.sizes[to] = this.sizes[from];
      this.starts[to] = this.#lists.keep(this.starts[from], this.sizes[from]);
    });
    for (let pair = 0; pair < this.#pairs.length; pair++) {
      if (this.sizes[pair] > 0) this.#push(pair);
    }
  }

  /** Makes a pair one whose words are to be noted. */
  begin(pair: number): void {
    this.#makeRoom(pair);
    this.#ranks[pair] = none;
    this.sizes[pair] = 0;
  }

  /** Notes how much room `word`, the latest or a later one, takes in the list of a pair. */
  measure(pair: number, word: number): void {
    const distance = word - this.#ranks[pair];
    if (distance === 0) return;
    this.sizes[pair] += entryBytes(distance);
    this.#ranks[pair] = word;
  }

  /** What was noted for the pair `from` is now that of `to`. */
  move(from: number, to: number): void {
    this.sizes[to] = this.sizes[from];
  }

  /** What all pairs cost, by count: what their lists take, and `bytesPerPair`. */
  costs(): CostsByCount {
    const costs = new CostsByCount();
    for (let pair = 0; pair < this.#pairs.length; pair++) {
      const count = this.#pairs.counts[pair];
      if (count > 0) costs.add(count, bytesPerPair + this.sizes[pair]);
    }
    return costs;
  }

  /** Ends measuring: each pair gets its room. */
  layOut(): void {
    for (let pair = 0; pair < this.#pairs.length; pair++) {
      this.starts[pair] = this.#lists.reserve(this.sizes[pair]);
      this.#ranks[pair] = none;
    }
  }

  /** Writes `word` into the list of a pair, in the order in which it was measured. */
  write(pair: number, word: number): void {
    const distance = word - this.#ranks[pair];
    if (distance === 0) return;
    this.starts[pair] = writeEntry(this.#lists.bytes, this.starts[pair], distance);
    this.#ranks[pair] = word;
  }

  /** Ends writing: all pairs that stand in a word become candidates. */
  fill(): void {
    for (let pair = 0; pair < this.#pairs.length; pair++) {
      this.starts[pair] -= this.sizes[pair];
      if (this.sizes[pair] > 0) this.#push(pair);
    }
  }

  #push(pair: number): void {
    this.#ranks[pair] = this.#pairs.counts[pair];
    if (this.#firsts) this.#firsts[pair] = 0;
    this.#rise(this.#size++, pair);
  }

  #rise(place: number, pair: number): void {
    const heap = this.#heap;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(pair, heap[parent])) break;
      heap[place] = heap[parent];
      place = parent;
    }
    heap[place] = pair;
  }

  #sink(place: number, pair: number): void {
    const heap = this.#heap;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#isBefore(heap[child + 1], heap[child])) child++;
      if (!this.#isBefore(heap[child], pair)) break;
      heap[place] = heap[child];
      place = child;
    }
    heap[place] = pair;
  }

  #isBefore(a: number, b: number): boolean {
    const { lefts, rights } = this.#pairs;
    if (this.#ranks[a] !== this.#ranks[b]) return this.#ranks[a] > this.#ranks[b];
    if (this.#firsts && this.#firsts[a] !== this.#firsts[b]) {
      return this.#firsts[a] < this.#firsts[b];
    }
    if (lefts[a] !== lefts[b]) return lefts[a] < lefts[b];
    return rights[a] < rights[b];
  }

  #makeRoom(pair: number): void {
    if (pair < this.#room) return;
    const length = pair + 1;
    this.#ranks = withRoom(this.#ranks, length);
    if (this.#firsts) this.#firsts = withRoom(this.#firsts, length);
    this.starts = withRoom(this.starts, length);
    this.sizes = withRoom(this.sizes, length);
    this.#heap = withRoom(this.#heap, length);
    const arrays = [this.#ranks, this.#firsts, this.starts, this.sizes, this.#heap];
    this.#room = Math.min(...arrays.map((array) => array?.length ?? Infinity));
  }
}
