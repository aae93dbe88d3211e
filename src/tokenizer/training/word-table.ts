/**
 * @file How often each distinct word of a corpus occurs. A corpus of any size takes the memory of its distinct words: their bytes,
 * one after the other, and some 20 bytes for each.
 */
import { withRoom } from "./growing.ts";

/** Distinct byte strings in the order of their first occurrence, with counts. */
export class WordTable {
  /** All words, one after the other; longer than they are. */
  bytes = new Uint8Array(1 << 18);
  /** Where each word starts in `bytes`, and where the last one ends; longer than needed. */
  starts = new Uint32Array(1 << 15);
  /** How often each word occurs; longer than needed. */
  counts = new Float64Array(1 << 15);
  #size = 0;
  #slots = new Int32Array(1 << 16); // 1 + index of a word, 0 for none; at most half are taken

  /** Number of distinct words. */
  get size(): number {
    return this.#size;
  }

  /** Length of all distinct words, in bytes. */
  get sizeBytes(): number {
    return this.starts[this.#size];
  }

  /** Counts the word `source[start … end - 1]`. */
  add(source: Uint8Array, start: number, end: number, count = 1): void {
    const mask = this.#slots.length - 1;
    let slot = hashOf(source, start, end) & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const word = this.#slots[slot] - 1;
      if (this.#equals(word, source, start, end)) {
        this.counts[word] += count;
        return;
      }
    }
    this.#slots[slot] = this.#append(source, start, end, count) + 1;
    if (2 * this.#size > this.#slots.length) this.#spread();
  }

  /** Adds all counts of `other`. */
  addAll(other: WordTable): void {
    const { bytes, starts, counts } = other;
    for (let word = 0; word < other.size; word++) {
      this.add(bytes, starts[word], starts[word + 1], counts[word]);
    }
  }

  #equals(word: number, source: Uint8Array, start: number, end: number): boolean {
    const { bytes, starts } = this;
    const from = starts[word];
    if (starts[word + 1] - from !== end - start) return false;
    for (let i = start; i < end; i++) if (bytes[from + i - start] !== source[i]) return false;
    return true;
  }

  #append(source: Uint8Array, start: number, end: number, count: number): number {
    const word = this.#size++;
    const at = this.starts[word];
    const next = at + end - start;
    if (next > this.bytes.length) this.bytes = withRoom(this.bytes, next);
    if (word + 2 > this.starts.length) {
      this.starts = withRoom(this.starts, word + 2);
      this.counts = withRoom(this.counts, word + 2);
    }
    const { bytes } = this;
    for (let i = start, place = at; i < end; i++, place++) bytes[place] = source[i];
    this.starts[word + 1] = next;
    this.counts[word] = count;
    return word;
  }

  #spread(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let word = 0; word < this.#size; word++) {
      let slot = hashOf(this.bytes, this.starts[word], this.starts[word + 1]) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = word + 1;
    }
    this.#slots = slots;
  }
}

/** FNV-1a, stirred once more because only its low bits are used. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash ^ (hash >>> 15);
}
