/** @file Byte-pair merging of long sequences: a linked list of symbols, and a heap of its pairs in which outdated ones are skipped when they come up. */
import type { MergeRule } from "./merges.ts";

const pastAnyPosition = 2 ** 32;

/** Merges the first `length` symbols in place, in time `length · log(length)`; how many are left. */
export function mergeLong(symbols: Int32Array, length: number, merges: MergeRule): number {
  const next = new Int32Array(length);
  const previous = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    next[i] = i + 1;
    previous[i] = i - 1;
  }
  const ranks = new Int32Array(length).fill(-1); // of the pair that starts here, while it is the newest
  const heap = new PairHeap(2 * length);

  function look(at: number): void {
    const rank = next[at] < length ? merges.rankOf(symbols[at], symbols[next[at]]) : -1;
    ranks[at] = rank;
    if (rank >= 0) heap.push(rank * pastAnyPosition + at);
  }

  for (let at = 0; at < length; at++) look(at);
  while (heap.size > 0) {
    const key = heap.pop();
    const rank = Math.floor(key / pastAnyPosition);
    const at = key - rank * pastAnyPosition;
    if (ranks[at] !== rank) continue;
    const gone = next[at];
    symbols[at] = merges.merged(rank);
    ranks[gone] = -1;
    next[at] = next[gone];
    if (next[at] < length) previous[next[at]] = at;
    look(at);
    if (previous[at] >= 0) look(previous[at]);
  }
  return compact(symbols, next, length);
}

/** Brings what is still in the list to the front. */
function compact(symbols: Int32Array, next: Int32Array, length: number): number {
  let count = 0;
  for (let at = 0; at < length; at = next[at]) symbols[count++] = symbols[at];
  return count;
}

/** A binary heap of numbers, the lowest on top. */
class PairHeap {
  size = 0;
  #keys: Float64Array;

  constructor(capacity: number) {
    this.#keys = new Float64Array(capacity);
  }

  push(key: number): void {
    if (this.size === this.#keys.length) {
      const grown = new Float64Array(2 * this.size + 1);
      grown.set(this.#keys);
      this.#keys = grown;
    }
    const keys = this.#keys;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent] <= key) break;
      keys[at] = keys[parent];
      at = parent;
    }
    keys[at] = key;
  }

  pop(): number {
    const keys = this.#keys;
    const top = keys[0];
    const key = keys[--this.size];
    let at = 0;
    for (let child = 1; child < this.size; child = 2 * at + 1) {
      if (child + 1 < this.size && keys[child + 1] < keys[child]) child++;
      if (keys[child] >= key) break;
      keys[at] = keys[child];
      at = child;
    }
    keys[at] = key;
    return top;
  }
}
