/** @file The tokens that may come next: all of the vocabulary at first, fewer after each filter that rules some out. */
import { groupLength } from "./logit-kernels.ts";
import { massOf, maximaOf } from "./logit-vectors.ts";

/** Token ids, ascending, and a logit for each. Filters change both in place. */
export class Candidates {
  /** How many are left; the arrays may be longer. Filters that rule some out call `shrink`. */
  count: number;
  readonly vocabSize: number;
  /** Logits of the whole vocabulary that nothing has changed yet: they are copied when something does. */
  #unchanged: Float32Array | undefined;
  readonly #ids: Int32Array;
  readonly #logits: Float32Array;
  /** Ids before this place may be others than at first. */
  #numMoved: number;

  /** All tokens of a vocabulary of V, with the logits that `reset` gives them. */
  constructor(vocabSize: number) {
    this.count = vocabSize;
    this.vocabSize = vocabSize;
    this.#ids = new Int32Array(vocabSize);
    this.#logits = new Float32Array(vocabSize);
    this.#numMoved = vocabSize;
  }

  /** Starts again from the whole vocabulary; `logits` may not change until the next time. */
  reset(logits: Float32Array): void {
    this.#unchanged = logits;
    this.count = this.vocabSize;
  }

  get ids(): Int32Array {
    this.#copy();
    return this.#ids;
  }

  get logits(): Float32Array {
    this.#copy();
    return this.#logits;
  }

  /** Whether none was ruled out. */
  get isWhole(): boolean {
    return this.count === this.vocabSize;
  }

  /** The logits of the candidates, to be read. */
  get values(): Float32Array {
    return (this.#unchanged ?? this.#logits).subarray(0, this.count);
  }

  /** Keeps the first `count`, to which others were moved. */
  shrink(count: number): void {
    this.count = count;
    this.#numMoved = Math.max(this.#numMoved, count);
  }

  /** Where a token stands, or −1 when it was ruled out or is not of the vocabulary. */
  indexOf(id: number): number {
    if (this.isWhole) return id < this.count ? id : -1;
    const ids = this.#ids;
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (ids[middle] === id) return middle;
      if (ids[middle] < id) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** Rules out what is below `threshold`. */
  keepFrom(threshold: number, groupMaxima = this.maxima()): void {
    const { values, count } = this;
    const isWhole = this.isWhole;
    const [ids, logits] = this.#taken();
    let kept = 0;
    for (let group = 0; group < groupMaxima.length; group++) {
      if (!(groupMaxima[group] >= threshold)) continue;
      const start = group * groupLength;
      const end = Math.min(start + groupLength, count);
      for (let i = start; i < end; i++) {
        const logit = values[i];
        if (!(logit >= threshold)) continue;
        ids[kept] = isWhole ? i : ids[i];
        logits[kept++] = logit;
      }
    }
    this.shrink(kept);
  }

  /** Rules out the tokens whose bit in `mask` is 0: bit `id & 31` of word `id >>> 5`. */
  keepAllowed(mask: Uint32Array): void {
    const { values, count } = this;
    const isWhole = this.isWhole;
    const [ids, logits] = this.#taken();
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const id = isWhole ? i : ids[i];
      const word = mask[id >>> 5];
      if (word === 0 && isWhole) {
        i = id | 31; // nothing among these 32, which are all there
        continue;
      }
      if (((word >>> (id & 31)) & 1) === 0) continue;
      ids[kept] = id;
      logits[kept++] = values[i];
    }
    this.shrink(kept);
  }

  /** The largest logit of each group of `groupLength`. */
  maxima(): Float32Array {
    return maximaOf(this.values, this.count);
  }

  /** The largest logit, −∞ when nothing is left. */
  largest(): number {
    return largestOf(this.maxima());
  }

  /** Σ e^((logit − largest) / temperature). */
  mass(largest: number, temperature: number): number {
    return massOf(this.values, this.count, { largest, temperature });
  }

  /** The likeliest token, the first of equals, or −1 when nothing is left. */
  likeliest(): number {
    const i = firstLargest(this.values);
    return i < 0 || this.isWhole ? i : this.#ids[i];
  }

  /** The arrays to write the remaining ones into; the logits are still to be read where they were. */
  #taken(): readonly [Int32Array, Float32Array] {
    this.#unchanged = undefined;
    return [this.#ids, this.#logits];
  }

  #copy(): void {
    if (!this.#unchanged) return;
    this.#logits.set(this.#unchanged);
    for (let id = 0; id < this.#numMoved; id++) this.#ids[id] = id;
    this.#numMoved = 0;
    this.#unchanged = undefined;
  }
}

/** The largest of the numbers that are some; −∞ where none is. */
export function largestOf(values: Float32Array): number {
  return values.reduce((most, each) => (each > most ? each : most), -Infinity);
}

/** Where the largest logit stands, the first of equals; −1 where none is above −∞. */
export function firstLargest(logits: Float32Array): number {
  const groups = maximaOf(logits, logits.length);
  let best = -1;
  let largest = -Infinity;
  for (let group = 0; group < groups.length; group++) {
    if (!(groups[group] > largest)) continue;
    largest = groups[group];
    best = group;
  }
  return best < 0 ? -1 : logits.indexOf(largest, best * groupLength);
}
