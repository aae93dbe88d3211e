/** @file How often each pair of neighbouring tokens occurs: a hash table of (left, right) in typed arrays, linearly probed. */

const empty = -1;

/** Counts by pair of token ids; a pair that is not there counts 0. */
export class PairCounts {
  #lefts = new Int32Array(1 << 12).fill(empty);
  #rights = new Int32Array(1 << 12);
  #counts = new Float64Array(1 << 12);
  #taken = 0;

  get(left: number, right: number): number {
    const slot = this.#find(left, right);
    return this.#lefts[slot] === empty ? 0 : this.#counts[slot];
  }

  /** Adds to the count of a pair, and gives the sum. */
  add(left: number, right: number, change: number): number {
    const slot = this.#find(left, right);
    if (this.#lefts[slot] !== empty) return (this.#counts[slot] += change);
    this.#lefts[slot] = left;
    this.#rights[slot] = right;
    this.#counts[slot] = change;
    this.#taken++;
    if (2 * this.#taken > this.#lefts.length) this.#rebuild();
    return change;
  }

  /** The slot of a pair, or the free one where it would be. */
  #find(left: number, right: number): number {
    const lefts = this.#lefts;
    const rights = this.#rights;
    const mask = lefts.length - 1;
    let slot = slotOf(left, right) & mask;
    while (lefts[slot] !== empty && (lefts[slot] !== left || rights[slot] !== right)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Drops the pairs that no longer occur; doubles where that is not enough. */
  #rebuild(): void {
    const [lefts, rights, counts] = [this.#lefts, this.#rights, this.#counts];
    let numLive = 0;
    for (let slot = 0; slot < lefts.length; slot++) {
      if (lefts[slot] !== empty && counts[slot] !== 0) numLive++;
    }
    const length = 3 * numLive > lefts.length ? 2 * lefts.length : lefts.length;
    this.#lefts = new Int32Array(length).fill(empty);
    this.#rights = new Int32Array(length);
    this.#counts = new Float64Array(length);
    this.#taken = numLive;
    for (let old = 0; old < lefts.length; old++) {
      if (lefts[old] === empty || counts[old] === 0) continue;
      const slot = this.#find(lefts[old], rights[old]);
      this.#lefts[slot] = lefts[old];
      this.#rights[slot] = rights[old];
      this.#counts[slot] = counts[old];
    }
  }
}

function slotOf(left: number, right: number): number {
  const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca77);
  return hash ^ (hash >>> 15);
}
