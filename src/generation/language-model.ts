/** @file What generation asks of a model: any decoder with a head can write. */
import type { Tensor } from "../graph/index.ts";
import type { ForwardOptions } from "../nn/index.ts";

export interface LanguageModel {
  readonly config: { readonly contextLength: number; readonly vocabSize: number };
  /** What the head reads: int32 `(B, T) → (B, T, C)`. */
  hiddenStates(ids: Tensor, options?: ForwardOptions): Tensor;
  /** The head alone, `(…, C) → (…, V)`. */
  logits(hidden: Tensor): Tensor;
}
