/** @file One run of a model over its cache, compiled: new tokens in, logits out, keys and values written in place. */
import type { Tensor } from "../graph/index.ts";
import { CacheProbe, KvCache } from "../nn/index.ts";
import type { CachedLayer } from "../nn/index.ts";
import { gather, positions, reshape } from "../ops/index.ts";
import { compile, dimension } from "../runtime/index.ts";
import type {
  Compiled,
  CompileOptions,
  InputSpec,
  PreparedRun,
  RuntimeName,
} from "../runtime/index.ts";
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
  /** The last step of one token a row, bound to its memory. */
  #repeated: { readonly step: Step; readonly prepared: PreparedRun } | undefined;

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

  /** Runs may not overlap. The step's own arrays (`ids`, `lengths` and `picks`) are not to be written afterwards. */
  async run(step: Step): Promise<void> {
    const isToken = step.ids.length === step.lengths.length;
    if (this.#repeated && !isOverSameMemory(this.#repeated.step, step)) this.#forget();
    if (!isToken) await this.#compiled.into(...this.#valuesOf(step));
    else await this.#repeat(step);
  }

  release(): void {
    this.#forget();
    this.#compiled.release();
  }

  /** Writing runs the same step over the same memory for each token: it is bound once. */
  #repeat(step: Step): Promise<void> {
    if (this.#repeated) {
      for (const name of ["ids", "lengths", "picks"] as const) {
        this.#repeated.step[name].set(step[name]);
      }
    }
    this.#repeated ??= { step, prepared: this.#compiled.prepare(...this.#valuesOf(step)) };
    return this.#repeated.prepared.run();
  }

  #forget(): void {
    this.#repeated?.prepared.release();
    this.#repeated = undefined;
  }

  #valuesOf({ ids, lengths, picks, cache, capacity, logits }: Step) {
    const B = lengths.length;
    const rows = cache.map((data, i) => {
      const { numKvHeads, headDim } = this.layers[i >> 1];
      return { dtype: "float32", shape: [B, numKvHeads, capacity, headDim], data } as const;
    });
    const words = { dtype: "int32", shape: [B, ids.length / B], data: ids } as const;
    return [
      [logits, ...cache],
      [words, lengths, picks, ...rows],
    ] as const;
  }
}

/** Whether a step of one token a row differs from another only in what its ids, lengths and picks are. */
function isOverSameMemory(one: Step, other: Step): boolean {
  return (
    one.lengths.length === other.lengths.length &&
    one.picks.length === other.picks.length &&
    one.capacity === other.capacity &&
    isSamePlace(one.logits, other.logits) &&
    one.cache.every((data, i) => isSamePlace(data, other.cache[i]))
  );
}

function isSamePlace(one: Float32Array, other: Float32Array): boolean {
  return (
    one.buffer === other.buffer &&
    one.byteOffset === other.byteOffset &&
    one.length === other.length
  );
}
