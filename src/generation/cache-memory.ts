/** @file The memory of a cache: for each layer the keys and values of all rows, with room that grows in steps. */
import type { CachedLayer } from "../nn/index.ts";
import { Pacer } from "../runtime/index.ts";

/** Slots of a row to begin with. */
const firstCapacity = 512;

/** Keys and values `(B, KV, S, D)` of each layer, in that order; S is the capacity. */
export class CacheMemory {
  readonly layers: readonly CachedLayer[];
  readonly batchSize: number;
  readonly contextLength: number;
  #capacity = 0;
  readonly #arrays: Float32Array[];

  constructor(
    layers: readonly CachedLayer[],
    { batchSize, contextLength }: { readonly batchSize: number; readonly contextLength: number },
  ) {
    this.layers = layers;
    this.batchSize = batchSize;
    this.contextLength = contextLength;
    this.#arrays = layers.flatMap(() => [new Float32Array(0), new Float32Array(0)]);
  }

  /** Slots of each row. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Makes room for `length` positions in each row; lets the event loop run between layers. */
  async reserve(length: number): Promise<void> {
    if (length <= this.#capacity) return;
    let capacity = Math.max(this.#capacity, Math.min(firstCapacity, this.contextLength));
    while (capacity < length) capacity = Math.min(2 * capacity, this.contextLength);
    const pacer = new Pacer();
    for (const [i, old] of this.#arrays.entries()) {
      this.#arrays[i] = this.#grown(old, this.layers[i >> 1], capacity);
      await pacer.rest();
    }
    this.#capacity = capacity;
  }

  #grown(old: Float32Array, { numKvHeads, headDim }: CachedLayer, capacity: number): Float32Array {
    const grown = new Float32Array(this.batchSize * numKvHeads * capacity * headDim);
    const held = this.#capacity * headDim;
    for (let head = 0; head < this.batchSize * numKvHeads; head++) {
      grown.set(old.subarray(head * held, (head + 1) * held), head * capacity * headDim);
    }
    return grown;
  }

  /** Keys and values, layer by layer, of the rows from `first` up to `end`, as views. */
  rows(first: number, end: number): Float32Array[] {
    return this.#arrays.map((array, i) => {
      const size = this.#rowSize(i);
      return array.subarray(first * size, end * size);
    });
  }

  /** Makes row `to` hold what row `from` holds. */
  copyRow(from: number, to: number): void {
    this.#arrays.forEach((array, i) => {
      const size = this.#rowSize(i);
      array.copyWithin(to * size, from * size, (from + 1) * size);
    });
  }

  #rowSize(array: number): number {
    const { numKvHeads, headDim } = this.layers[array >> 1];
    return numKvHeads * this.#capacity * headDim;
  }
}
