/** @file How the parameters of a model begin: as each layer would by itself, or by one rule for the whole model. */
import { constant, normalInit } from "../random/index.ts";
import type { Initializer } from "../random/index.ts";

/** What a parameter does: `residual` is the weight whose product is added to the residual stream, `gain` that of a norm. */
export type ParameterRole = "weight" | "residual" | "bias" | "gain";

/** Chooses an initializer; `own` is the layer's, `numResidual` counts the model's residual weights. */
type Scheme = (role: ParameterRole, own: Initializer, numResidual: number) => Initializer;

const gpt2Std = 0.02;

/**
 * GPT-2's: weights and embeddings normal with 0.02, those of residual layers scaled by 1/√N where N is their number
 * (two a block), biases zero (https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf, 2.3).
 */
const gpt2: Scheme = (role, own, numResidual) => {
  if (role === "bias") return constant(0);
  if (role === "gain") return own;
  return normalInit(role === "residual" ? gpt2Std / Math.sqrt(numResidual) : gpt2Std);
};

const pytorch: Scheme = (_role, own) => own;

export const schemes = { pytorch, gpt2 };
export type SchemeName = keyof typeof schemes;
