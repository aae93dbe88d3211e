/** @file One run of a model over its cache, compiled: new tokens in, logits out, keys and values written in place. */
import type { Tensor } from "../graph/index.ts";
import { CacheProbe, KvCache } from "../nn/index.ts";
import type { CachedLayer } from "../nn/index.ts";
import { gather, positions, reshape } from "../ops/index.ts";
import { compile, dimension } from "../runtime/index.ts";
import type { Compiled, CompileOptions, InputSpec, RuntimeName } from "../runtime/index.ts";
import type { LanguageModel } from "./language-model.ts";

/** The layers of `model` that hold keys and values. */
function cachedLayersOf(model: LanguageModel): readonly CachedLayer[] {
  const probe = new CacheProbe(1);
  model.hiddenStates(reshape(positions(1), [1, 1]), { cache: probe });
  return probe.layers;
}

/** What a run is given. */
export interface Step {
  /** `(B, T)`, where B or T is 1. */
  readonly ids: Int32Array;
  /** Tokens that each row holds before, `(B,)`. */
  readonly lengths: Int32Array;
  /** Which of the B·T new positions go through the head, `(N,)`. */
  readonly picks: Int32Array;
  /** Keys and values of the B rows, layer by layer; the run adds the new positions. */
  readonly cache: readonly Float32Array[];
  /** Slots of the cache. */
  readonly capacity: number;
  /** Takes the logits, `(N, V)`. */
  readonly logits: Float32Array;
}

/** A compiled step. */
export class DecoderStep {
  readonly layers: readonly CachedLayer[];
  readonly #compiled: Compiled;

  private constructor(layers: readonly CachedLayer[], compiled: Compiled) {
    this.layers = layers;
    this.#compiled = compiled;
  }

  static async create(
    model: LanguageModel,
    { contextLength, ...options }: CompileOptions & { readonly contextLength: number },
  ): Promise<DecoderStep> {
    const layers = cachedLayersOf(model);
    const B = dimension("B", 5);
    const T = dimension("T", Math.min(7, model.config.contextLength));
    const N = dimension("N", 6);
    const S = dimension("S", 11);
    const int32 = (...shape: InputSpec["shape"]): InputSpec => ({ dtype: "int32", shape });
    const caches = layers.flatMap(({ numKvHeads, headDim }) => {
      const spec: InputSpec = { dtype: "float32", shape: [B, numKvHeads, S, headDim] };
      return [spec, spec];
    });
    const fn = (ids: Tensor, lengths: Tensor, picks: Tensor, ...past: readonly Tensor[]) => {
      const cache = new KvCache(
        lengths,
        layers.map((_, i) => ({ keys: past[2 * i], values: past[2 * i + 1] })),
        contextLength,
      );
      const hidden = model.hiddenStates(ids, { cache }); //           (B, T, C)
      const rows = reshape(hidden, [ids.size, hidden.shape[2]]); //   (B·T, C)
      const logits = model.logits(gather(rows, picks)); //            (N, V)
      return [logits, ...cache.present.flatMap(({ keys, values }) => [keys, values])];
    };
    const specs = [int32(B, T), int32(B), int32(N), ...caches];
    return new DecoderStep(layers, await compile(fn, specs, options));
  }

  get runtime(): RuntimeName {
    return this.#compiled.runtime;
  }

  /** Operators that run on the CPU although another device was asked for. */
  get cpuFallbacks(): readonly string[] {
    return this.#compiled.cpuFallbacks;
  }

  async run({ ids, lengths, picks, cache, capacity, logits }: Step): Promise<void> {
    const B = lengths.length;
    const rows = cache.map((data, i) => {
      const { numKvHeads, headDim } = this.layers[i >> 1];
      return { dtype: "float32", shape: [B, numKvHeads, capacity, headDim], data } as const;
    });
    const words = { dtype: "int32", shape: [B, ids.length / B], data: ids } as const;
    await this.#compiled.into([logits, ...cache], [words, lengths, picks, ...rows]);
  }

  release(): void {
    this.#compiled.release();
  }
}
