/** @file The tokens that may come next: all of the vocabulary at first, fewer after each filter that rules some out. */

/** Token ids, ascending, and a logit for each. Filters change both in place. */
export class Candidates {
  /** How many are left; the arrays may be longer. Filters that rule some out call `shrink`. */
  count: number;
  readonly ids: Int32Array;
  readonly logits: Float32Array;
  /** Ids before this place may be others than at first. */
  #numMoved: number;

  /** All tokens of a vocabulary of V, with the logits that `reset` gives them. */
  constructor(vocabSize: number) {
    this.count = vocabSize;
    this.ids = new Int32Array(vocabSize);
    this.logits = new Float32Array(vocabSize);
    this.#numMoved = vocabSize;
  }

  /** Starts again from the whole vocabulary; `logits` is copied. */
  reset(logits: Float32Array): void {
    const { ids } = this;
    this.logits.set(logits);
    for (let id = 0; id < this.#numMoved; id++) ids[id] = id;
    this.count = logits.length;
    this.#numMoved = 0;
  }

  /** Keeps the first `count`, to which others were moved. */
  shrink(count: number): void {
    this.count = count;
    this.#numMoved = Math.max(this.#numMoved, count);
  }

  /** Where a token stands, or −1 when it was ruled out or is not of the vocabulary. */
  indexOf(id: number): number {
    if (this.count === this.ids.length) return id < this.count ? id : -1;
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (this.ids[middle] === id) return middle;
      if (this.ids[middle] < id) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** Rules out what is below `threshold`. */
  keepFrom(threshold: number): void {
    const { ids, logits, count } = this;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      if (!(logits[i] >= threshold)) continue;
      ids[kept] = ids[i];
      logits[kept++] = logits[i];
    }
    this.shrink(kept);
  }

  /** Rules out the tokens whose bit in `mask` is 0: bit `id & 31` of word `id >>> 5`. */
  keepAllowed(mask: Uint32Array): void {
    const { ids, logits, count } = this;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const id = ids[i];
      const word = mask[id >>> 5];
      if (word === 0 && count === ids.length) {
        i = id | 31; // nothing among these 32, which are all there
        continue;
      }
      if (((word >>> (id & 31)) & 1) === 0) continue;
      ids[kept] = id;
      logits[kept++] = logits[i];
    }
    this.shrink(kept);
  }

  /** The largest logit, −∞ when nothing is left. */
  largest(): number {
    const { logits, count } = this;
    let largest = -Infinity;
    for (let i = 0; i < count; i++) if (logits[i] > largest) largest = logits[i];
    return largest;
  }

  /** The likeliest token, the first of equals, or −1 when nothing is left. */
  likeliest(): number {
    let best = -1;
    let largest = -Infinity;
    for (let i = 0; i < this.count; i++) {
      if (this.logits[i] <= largest) continue;
      largest = this.logits[i];
      best = this.ids[i];
    }
    return best;
  }
}
