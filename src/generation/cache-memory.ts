/** @file The memory of a cache: for each layer the keys and values of all rows, with room that grows in steps. */
import type { CachedLayer } from "../nn/index.ts";
import { Pacer } from "../runtime/index.ts";

/** Slots of a row to begin with; the system gives memory for those only that are written. */
const firstCapacity = 1024;

export interface RowCopy {
  readonly from: number;
  readonly to: number;
  /** How many positions. */
  readonly length: number;
}

/** Keys and values `(B, KV, S, D)` of each layer, in that order, one array as both where they are shared; S is the capacity. */
export class CacheMemory {
  readonly layers: readonly CachedLayer[];
  readonly batchSize: number;
  readonly contextLength: number;
  #capacity = 0;
  /** Whose each array is. */
  readonly #owners: readonly CachedLayer[];
  readonly #arrays: Float32Array[];

  constructor(
    layers: readonly CachedLayer[],
    { batchSize, contextLength }: { readonly batchSize: number; readonly contextLength: number },
  ) {
    this.layers = layers;
    this.batchSize = batchSize;
    this.contextLength = contextLength;
    this.#owners = layers.flatMap((layer) => (layer.isShared ? [layer] : [layer, layer]));
    this.#arrays = this.#owners.map(() => new Float32Array(0));
  }

  /** Slots of each row. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Makes room for `length` positions in each row; lets the event loop run meanwhile. */
  async reserve(length: number): Promise<void> {
    if (length <= this.#capacity) return;
    let capacity = Math.max(this.#capacity, Math.min(firstCapacity, this.contextLength));
    while (capacity < length) capacity = Math.min(2 * capacity, this.contextLength);
    const pacer = new Pacer();
    for (const [i, old] of this.#arrays.entries()) {
      const { numKvHeads, headDim } = this.#owners[i];
      const numHeads = this.batchSize * numKvHeads;
      const grown = new Float32Array(numHeads * capacity * headDim);
      const held = this.#capacity * headDim;
      for (let head = 0; head < numHeads; head++) {
        grown.set(old.subarray(head * held, (head + 1) * held), head * capacity * headDim);
        await pacer.rest();
      }
      this.#arrays[i] = grown;
    }
    this.#capacity = capacity;
  }

  /** Keys and values, layer by layer, of the rows from `first` up to `end`, as views. */
  rows(first: number, end: number): Float32Array[] {
    const views = this.#arrays.map((array, i) => {
      const size = this.#rowSize(i);
      return array.subarray(first * size, end * size);
    });
    let next = 0;
    return this.layers.flatMap(({ isShared }) => {
      const keys = views[next++];
      return [keys, isShared ? keys : views[next++]];
    });
  }

  /** Makes row `to` hold the first `length` positions of row `from`; lets the event loop run meanwhile. */
  async copyRow({ from, to, length }: RowCopy): Promise<void> {
    const pacer = new Pacer();
    for (const [i, array] of this.#arrays.entries()) {
      const { numKvHeads, headDim } = this.#owners[i];
      const size = this.#capacity * headDim; // of a head
      for (let head = 0; head < numKvHeads; head++) {
        const start = (from * numKvHeads + head) * size;
        array.copyWithin((to * numKvHeads + head) * size, start, start + length * headDim);
        await pacer.rest();
      }
    }
  }

  #rowSize(array: number): number {
    const { numKvHeads, headDim } = this.#owners[array];
    return numKvHeads * this.#capacity * headDim;
  }
}
