/**
 * @file How often each distinct word of a corpus occurs. A corpus of any size takes the memory of its distinct words: their bytes,
 * one after the other, and some 20 bytes for each.
 */
import { withRoom } from "./growing.ts";

type TokenArray = typeof Uint16Array | typeof Uint32Array;

/** Distinct byte strings in the order of their first occurrence, with counts. */
export class WordTable {
  /** The bytes of all words, one after the other; longer than they are. */
  bytes = new Uint8Array(1 << 19);
  /** Where each word starts in `bytes`, and where the last one ends; longer than needed. */
  starts = new Uint32Array(1 << 16);
  /** How often each word occurs; longer than needed. */
  counts: Uint32Array | Float64Array = new Uint32Array(1 << 16);
  #view = new DataView(this.bytes.buffer);
  #size = 0;
  #slots = new Int32Array(1 << 17); // 1 + index of a word, 0 for none; at most half are taken
  #numSlots = 1 << 17;

  /** Number of distinct words. */
  get size(): number {
    return this.#size;
  }

  /** Length of all distinct words, in bytes. */
  get sizeBytes(): number {
    return this.starts[this.#size];
  }

  /** What the table takes, in bytes. */
  get memoryBytes(): number {
    const { bytes, starts, counts } = this;
    return bytes.byteLength + starts.byteLength + counts.byteLength + this.#slots.byteLength;
  }

  /** Counts the word in the bytes `start` to `end - 1` of `source`, behind which there are three more. */
  add(source: DataView, start: number, end: number): void {
    const slots = this.#slots;
    const mask = this.#numSlots - 1;
    let slot = hashOf(source, start, end) & mask;
    for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const word = slots[slot] - 1;
      if (!this.#equals(word, source, start, end)) continue;
      const count = this.counts[word] + 1;
      if (count > 0xffffffff) this.counts = Float64Array.from(this.counts);
      this.counts[word] = count;
      return;
    }
    slots[slot] = this.#append(source, start, end) + 1;
    if (2 * this.#size > this.#numSlots) this.#spread();
  }

  /** Gives away the memory in which words were looked up; no more words can be added. */
  takeSlots(): Uint8Array {
    const { buffer } = this.#slots;
    this.#slots = new Int32Array(0);
    return new Uint8Array(buffer);
  }

  /** The bytes of all words, each as the number that `idOf` has for it, in the same memory; no more words can be added. */
  takeTokens(idOf: ArrayLike<number>, Tokens: TokenArray): Uint16Array | Uint32Array {
    const { sizeBytes } = this;
    this.bytes = withRoom(this.bytes, Tokens.BYTES_PER_ELEMENT * sizeBytes);
    const { bytes } = this;
    const tokens = new Tokens(bytes.buffer, 0, sizeBytes);
    for (let i = sizeBytes - 1; i >= 0; i--) tokens[i] = idOf[bytes[i]]; // the last first: the others are still to be read
    return tokens;
  }

  #equals(word: number, source: DataView, start: number, end: number): boolean {
    const view = this.#view;
    const { starts } = this;
    let at = starts[word];
    if (starts[word + 1] - at !== end - start) return false;
    for (let i = start; i < end; i += 4, at += 4) {
      const difference = view.getInt32(at, true) ^ source.getInt32(i, true);
      if ((difference & maskOf(end - i)) !== 0) return false;
    }
    return true;
  }

  #append(source: DataView, start: number, end: number): number {
    const word = this.#size++;
    let at = this.starts[word];
    const next = at + end - start;
    if (next + 3 > this.bytes.length) {
      this.bytes = withRoom(this.bytes, next + 3);
      this.#view = new DataView(this.bytes.buffer);
    }
    if (word + 2 > this.starts.length) this.starts = withRoom(this.starts, word + 2);
    if (word === this.counts.length) this.counts = withRoom(this.counts, word + 1);
    const view = this.#view;
    for (let i = start; i < end; i += 4, at += 4) view.setInt32(at, source.getInt32(i, true), true);
    this.starts[word + 1] = next;
    this.counts[word] = 1;
    return word;
  }

  #spread(): void {
    this.#numSlots *= 2;
    this.#slots = withRoom(this.#slots, this.#numSlots);
    const slots = this.#slots;
    slots.fill(0);
    const mask = this.#numSlots - 1;
    for (let word = 0; word < this.#size; word++) {
      let slot = hashOf(this.#view, this.starts[word], this.starts[word + 1]) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = word + 1;
    }
  }
}

/** Of the bytes `start` to `end - 1`, four at a time. */
function hashOf(bytes: DataView, start: number, end: number): number {
  let hash = end - start;
  for (let i = start; i < end; i += 4) {
    hash = Math.imul(hash ^ (bytes.getInt32(i, true) & maskOf(end - i)), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

/** Keeps the first `length` bytes of four that were read in little-endian order. */
function maskOf(length: number): number {
  return masks[Math.min(length, 4)];
}

const masks = Int32Array.of(0, 0xff, 0xffff, 0xffffff, -1);
