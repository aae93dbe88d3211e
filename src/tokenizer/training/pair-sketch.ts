/**
 * @file An estimate of how often pairs occur, in little memory: pairs share counters, so that a count is never too low, and each has
 * two, so that it is seldom far too high. It tells which pairs cannot be frequent enough, without a list of all pairs.
 */
import { CostsByCount } from "./costs-by-count.ts";
import type { CountedWords } from "./counted-words.ts";

const bytesPerCounter = 12;
const other = 0xc2b2ae35; // of each pair there are two counters: the lower one says more

export class PairSketch {
  readonly #counts: Float64Array;
  readonly #sights: Uint32Array;
  readonly #shift: number;

  /** In memory that is there already, and whose content is lost. */
  constructor({ buffer }: Uint8Array) {
    const bits = Math.floor(Math.log2(buffer.byteLength / bytesPerCounter));
    const numCounters = 2 ** bits;
    this.#counts = new Float64Array(buffer, 0, numCounters).fill(0);
    this.#sights = new Uint32Array(buffer, 8 * numCounters, numCounters).fill(0);
    this.#shift = 32 - bits;
  }

  /** Notes a pair in a word that occurs `count` times. */
  add(left: number, right: number, count: number): void {
    const hash = hashOf(left, right);
    for (const counter of [hash >>> this.#shift, Math.imul(hash, other) >>> this.#shift]) {
      this.#counts[counter] += count;
      this.#sights[counter]++;
    }
  }

  /** Notes the pairs of the words `from` to `to - 1`. */
  addWords(words: CountedWords, from: number, to: number): void {
    const { tokens, starts, counts } = words;
    const [own, sights, shift] = [this.#counts, this.#sights, this.#shift];
    for (let word = from; word < to; word++) {
      const count = counts[word];
      const last = starts[word + 1] - 1;
      for (let i = starts[word]; i < last; i++) {
        const hash = hashOf(tokens[i], tokens[i + 1]);
        const one = hash >>> shift;
        const two = Math.imul(hash, other) >>> shift;
        own[one] += count;
        sights[one]++;
        own[two] += count;
        sights[two]++;
      }
    }
  }

  /** The pair occurs at most as often as this. */
  most(left: number, right: number): number {
    const hash = hashOf(left, right);
    const one = this.#counts[hash >>> this.#shift];
    return Math.min(one, this.#counts[Math.imul(hash, other) >>> this.#shift]);
  }

  /** Costs by count of what `costOf` says of the pairs in each counter, by how often they stand in words. */
  costs(costOf: (sights: number) => number): CostsByCount {
    const costs = new CostsByCount();
    for (let i = 0; i < this.#counts.length; i++) {
      if (this.#sights[i] > 0) costs.add(this.#counts[i], costOf(this.#sights[i]) / 2);
    }
    return costs;
  }
}

function hashOf(left: number, right: number): number {
  return Math.imul(Math.imul(left, 0x9e3779b1) ^ right, 0x85ebca77);
}
