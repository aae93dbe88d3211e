/**
 * @file A model that reads several texts at once and remembers them: ids go in, the logits of the next token come out,
 * and what was read before is not read again.
 */
import { quantizeWeights } from "../nn/index.ts";
import type { Quantization } from "../nn/index.ts";
import type { CompileOptions } from "../runtime/index.ts";
import type { LanguageModel } from "./language-model.ts";
import { DecoderStep } from "./decoder-step.ts";
import { CachedEngine } from "./engine-cached.ts";
import { requireLimits } from "./engine-rows.ts";

/** B texts, each a row, which grow at their ends and are cut at their ends. Calls of `append` may not overlap. */
export interface Engine {
  readonly vocabSize: number;
  /** Most tokens of a row. */
  readonly contextLength: number;
  readonly batchSize: number;
  /** Operators that run on the CPU although another device was asked for. */
  readonly cpuFallbacks: readonly string[];
  /** Tokens that a row holds. */
  lengthOf(row: number): number;
  /** Forgets all but the first `length` tokens of a row. */
  truncate(row: number, length: number): void;
  /** Makes row `to` a copy of row `from`: several continuations of one prompt read it once. */
  copyRow(from: number, to: number): void;
  /**
   * Appends `ids[row]` to each row; a row may get none. Answers for each row the logits `(V,)` after its last new token,
   * or with `everyPosition` those after every new token `(n, V)`, one behind the other; undefined where none were given.
   * The arrays are valid until the next call. Throws a UserError, before anything is appended, for ids outside the vocabulary
   * and for rows that would be longer than the context; an aborted call leaves each row with the tokens that were read.
   */
  append(
    ids: readonly ArrayLike<number>[],
    options?: AppendOptions,
  ): Promise<readonly (Float32Array | undefined)[]>;
  release(): void;
}

export interface AppendOptions {
  /** Logits after every new token, as scoring a text and checking a draft need them. Default false. */
  readonly everyPosition?: boolean;
  /** Ends a long prompt early: `append` then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface EngineOptions extends Pick<CompileOptions, "runtime" | "device" | "threads"> {
  /** Texts at once; default 1. */
  readonly batchSize?: number;
  /** Most tokens of a text; default, and at most, the model's. */
  readonly contextLength?: number;
  /**
   * `fixed` (default): the weights of now, in the form that is fastest to read. `live`: the weights at each call, for a model
   * that is still being trained; truncate every row to 0 after an update. `moved`: fixed, and the engine is to be the only
   * one that holds them: the model has no numbers afterwards.
   */
  readonly weights?: "fixed" | "live" | "moved";
  /** Stores the model's matrices in few bits first, as `quantizeWeights` does: the model itself is rounded. */
  readonly quantization?: Quantization | undefined;
}

const parametersAs = { fixed: "initializers", live: "inputs", moved: "moved" } as const;

/** Makes `model` ready to write. */
export async function createEngine(
  model: LanguageModel,
  options: EngineOptions = {},
): Promise<Engine> {
  const { vocabSize } = model.config;
  const { batchSize = 1, contextLength = model.config.contextLength } = options;
  const limits = { batchSize, contextLength, vocabSize };
  requireLimits(limits, model.config.contextLength);
  const { weights = "fixed", quantization, runtime, device, threads } = options;
  if (quantization) quantizeWeights(model, quantization);
  const step = await DecoderStep.create(model, {
    contextLength,
    parameters: parametersAs[weights],
    ...(runtime && { runtime }),
    ...(device && { device }),
    ...(threads !== undefined && { threads }),
  });
  return new CachedEngine(step, limits);
}
