/**
 * @file The front door: what first programs need, from every room. Each room has an entrance of its own
 * (`scratchlm/graph`, `scratchlm/nn`, …) with all that it offers.
 */
export { UserError } from "./errors.ts";
export {
  createEngine,
  generate,
  greedy,
  matchJsonSchema,
  matchRegex,
  samplerFrom,
  Session,
  writeTexts,
} from "./generation/index.ts";
export type { SamplingOptions, TextRequest, WrittenPiece } from "./generation/index.ts";
export { item, tensor, values } from "./graph/index.ts";
export type { Tensor } from "./graph/index.ts";
export { Gpt2, gpt2Presets } from "./models/index.ts";
export type { Gpt2Config } from "./models/index.ts";
export { countParameters, initialize, namedParameters, parameter } from "./nn/index.ts";
export * from "./ops/index.ts";
export { Generator } from "./random/index.ts";
export { compile, dimension } from "./runtime/index.ts";
export { applyChatTemplate, CharTokenizer, loadTokenizer } from "./tokenizer/index.ts";
export type { ChatMessage, Tokenizer } from "./tokenizer/index.ts";
export { AdamW, pretrain, Sgd, TrainingStep } from "./training/index.ts";
export { gradients } from "./transform/index.ts";
export { downloadModel, openModel, saveModelDirectory } from "./weights/index.ts";
export type { OpenedModel } from "./weights/index.ts";
