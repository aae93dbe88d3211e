/** @file A number for each pair of tokens that is seen, counted from 0 in the order of first sight. */

const densest = 1024; // 4 MB of table

/** Pairs of tokens by id: a table where there are few tokens, as there are before the first merge, else a map. */
export class PairIndex {
  readonly #numTokens: number;
  readonly #dense: Int32Array | undefined; // 1 + the number of a pair
  readonly #sparse = new Map<number, number>();
  #size = 0;

  /** For tokens with ids below `numTokens`. */
  constructor(numTokens: number) {
    this.#numTokens = numTokens;
    this.#dense = numTokens <= densest ? new Int32Array(numTokens ** 2) : undefined;
  }

  get size(): number {
    return this.#size;
  }

  /** The number of a pair; a pair not seen before gets the next one. */
  of(left: number, right: number): number {
    const key = left * this.#numTokens + right;
    const known = this.#dense ? this.#dense[key] : (this.#sparse.get(key) ?? 0);
    if (known > 0) return known - 1;
    this.#size++;
    if (this.#dense) this.#dense[key] = this.#size;
    else this.#sparse.set(key, this.#size);
    return this.#size - 1;
  }
}
