/**
 * @file The keys and values that attention layers hold between runs. A model is told of the cache by its forward options;
 * while a function over the cache is traced, each attention layer takes its part and leaves the part with the new positions.
 * Runs of that function are to have one row, or one new position in each row.
 */
import type { Tensor } from "../graph/index.ts";
import { add, cachedAttention, positions, reshape } from "../ops/index.ts";
import type { AttendOptions } from "./attend.ts";

/** What one layer holds: two `(B, KV, S, D)`, of which row b fills the first `lengths[b]` of S slots. */
export interface KeysAndValues {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** What a layer's part of the cache is made of. */
export interface CachedLayer {
  readonly numKvHeads: number;
  readonly headDim: number;
  /** Whether keys and values are the same: then one memory is to be given as both. */
  readonly isShared: boolean;
}

/** A cache as layers see it. */
export interface Cache {
  /** The positions of T new tokens in each row: int32 `(B, T)`. */
  positions(T: number): Tensor;
  /** Attention of block `layer` over its past and the new positions, as `attend`. */
  attend(
    layer: number,
    queriesKeysValues: readonly [q: Tensor, k: Tensor, v: Tensor],
    config: AttendOptions,
  ): Tensor;
}

/** The cache in a traced function: past in, present out. */
export class KvCache implements Cache {
  /** Tokens that each row holds, int32 `(B,)`. */
  readonly lengths: Tensor;
  readonly past: readonly KeysAndValues[];
  /** Most tokens of a row. */
  readonly contextLength: number;
  readonly #present: KeysAndValues[] = [];

  constructor(lengths: Tensor, past: readonly KeysAndValues[], contextLength: number) {
    this.lengths = lengths;
    this.past = past;
    this.contextLength = contextLength;
  }

  positions(T: number): Tensor {
    return add(reshape(this.lengths, [this.lengths.shape[0], 1]), positions(T));
  }

  attend(
    layer: number,
    [q, k, v]: readonly [Tensor, Tensor, Tensor],
    config: AttendOptions,
  ): Tensor {
    const { numHeads, numKvHeads, scale, windowSize, rotary } = config;
    const [y, newKeys, newValues] = cachedAttention(q, k, v, {
      ...{ numHeads, numKvHeads, scale, windowSize },
      past: { ...this.past[layer], lengths: this.lengths },
      rotary: rotary?.tables(this.contextLength),
      isSerial: true,
    });
    this.#present[layer] = { keys: newKeys, values: newValues };
    return y;
  }

  /** What each layer holds after the new positions; every layer must have attended. */
  get present(): readonly KeysAndValues[] {
    if (Object.keys(this.#present).length === this.past.length) return this.#present;
    throw new Error(
      `cache: expected ${this.past.length} layers to attend, got ${Object.keys(this.#present).length}.`,
    );
  }
}

/** Finds out what a model's layers will hold: run the model with it once, and read `layers`. */
export class CacheProbe implements Cache {
  readonly layers: CachedLayer[] = [];
  readonly #batchSize: number;

  constructor(batchSize: number) {
    this.#batchSize = batchSize;
  }

  positions(T: number): Tensor {
    return add(reshape(positions(this.#batchSize), [this.#batchSize, 1]), positions(T));
  }

  attend(
    layer: number,
    [q, k]: readonly [Tensor, Tensor, Tensor],
    { numKvHeads, hasSharedCache = false }: AttendOptions,
  ): Tensor {
    const headDim = k.shape[2] / numKvHeads;
    this.layers[layer] = { numKvHeads, headDim, isShared: hasSharedCache };
    return q; // shaped like the answer
  }
}
