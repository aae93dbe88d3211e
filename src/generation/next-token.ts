/** @file The logits that follow a text, from a compiled model. */
import { UserError } from "../errors.ts";
import type { Tensor } from "../graph/index.ts";
import { slice } from "../ops/index.ts";
import { compile, dimension } from "../runtime/index.ts";
import type { CompileOptions } from "../runtime/index.ts";
import type { LanguageModel } from "./language-model.ts";

/** The logits `(V,)` of the token after `ids`; of a text longer than the context, its end counts. */
export interface NextToken {
  (ids: ArrayLike<number>): Promise<Float32Array>;
  readonly contextLength: number;
  /** Operators that run on the CPU although another device was asked for. */
  readonly cpuFallbacks: readonly string[];
  release(): void;
}

/** Compiles a model to predict one token. Weights are read at each call, so a model in training may be asked. */
export async function nextToken(
  model: LanguageModel,
  options: Pick<CompileOptions, "runtime" | "device" | "threads" | "parameters"> = {},
): Promise<NextToken> {
  const { contextLength } = model.config;
  if (contextLength < 4) {
    throw new UserError(`generate: expected a context of 4 tokens or more, got ${contextLength}.`);
  }
  const T = dimension("T", Math.min(contextLength, 16));
  const lastLogits = (ids: Tensor) => [
    model.logits(slice(model.hiddenStates(ids), { axis: 1, start: -1 })),
  ];
  const compiled = await compile(lastLogits, [{ dtype: "int32", shape: [1, T] }], options);
  const call = async (ids: ArrayLike<number>) => {
    const seen = Int32Array.from(ids).slice(-contextLength);
    const [{ data }] = await compiled(seen);
    return data as Float32Array;
  };
  const { cpuFallbacks } = compiled;
  return Object.assign(call, { contextLength, cpuFallbacks, release: () => compiled.release() });
}
