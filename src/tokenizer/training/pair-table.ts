/** @file How often pairs of neighbouring tokens occur: a hash table of (left, right) in typed arrays, linearly probed. */
import { withRoom } from "./growing.ts";

export const none = -1;
const fewest = 1 << 14; // most of what 10 MB of English need: code compiled for arrays that were never replaced stays

/** Pairs by index, counted from 0 in the order in which they were added. */
export class PairTable {
  lefts = new Uint32Array(fewest);
  rights = new Uint32Array(fewest);
  /** How often each pair occurs in the corpus. */
  counts = new Float64Array(fewest);
  #length = 0;
  #room = fewest; // of the shortest of these arrays
  #slots = new Int32Array(2 * fewest).fill(none); // indices; at most two thirds are taken

  get length(): number {
    return this.#length;
  }

  get memoryBytes(): number {
    const { lefts, rights, counts } = this;
    return lefts.byteLength + rights.byteLength + counts.byteLength + this.#slots.byteLength;
  }

  /** The index of a pair, or none. */
  find(left: number, right: number): number {
    const slots = this.#slots;
    const { lefts, rights } = this;
    const mask = slots.length - 1;
    for (let slot = hashOf(left, right) & mask; ; slot = (slot + 1) & mask) {
      const index = slots[slot];
      if (index === none || (lefts[index] === left && rights[index] === right)) return index;
    }
  }

  /** Adds a pair that is not there, with a count of 0, and gives its index. */
  add(left: number, right: number): number {
    const index = this.#length++;
    if (index === this.#room) this.#grow();
    this.lefts[index] = left;
    this.rights[index] = right;
    this.counts[index] = 0;
    this.#place(index);
    if (3 * this.#length > 2 * this.#slots.length) this.#spread(2 * this.#slots.length);
    return index;
  }

  /** Adds to the count of a pair that is there; does nothing for others. */
  change(left: number, right: number, change: number): void {
    const index = this.find(left, right);
    if (index !== none) this.counts[index] += change;
  }

  clear(): void {
    this.#length = 0;
    this.#slots.fill(none);
  }

  /** Keeps the pairs that occur at least `least` times, in their order; calls `move` for each, in ascending order. */
  keepFrequent(least: number, move: (from: number, to: number) => void): void {
    let length = 0;
    for (let from = 0; from < this.#length; from++) {
      if (this.counts[from] < least) continue;
      this.lefts[length] = this.lefts[from];
      this.rights[length] = this.rights[from];
      this.counts[length] = this.counts[from];
      move(from, length++);
    }
    this.#length = length;
    this.#spread(this.#slots.length);
  }

  /** Puts a pair that is not there into the first free slot where it may be. */
  #place(index: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashOf(this.lefts[index], this.rights[index]) & mask;
    while (slots[slot] !== none) slot = (slot + 1) & mask;
    slots[slot] = index;
  }

  #grow(): void {
    this.lefts = withRoom(this.lefts, this.#length);
    this.rights = withRoom(this.rights, this.#length);
    this.counts = withRoom(this.counts, this.#length);
    this.#room = Math.min(this.lefts.length, this.rights.length, this.counts.length);
  }

  #spread(numSlots: number): void {
    this.#slots = numSlots > this.#slots.length ? new Int32Array(numSlots) : this.#slots;
    this.#slots.fill(none);
    for (let index = 0; index < this.#length; index++) this.#place(index);
  }
}

function hashOf(left: number, right: number): number {
  const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca77);
  return hash ^ (hash >>> 15);
}
