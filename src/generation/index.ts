export type { Constraint } from "./constraint.ts";
export { ConstraintSource, matchJsonSchema, matchRegex } from "./constrained/constrain.ts";
export type { ConstraintOptions } from "./constrained/constrain.ts";
export { Continuation } from "./continuation.ts";
export type {
  Decoded,
  DecodedEnd,
  DecodedToken,
  DecodeRequest,
  FinishReason,
  Overflow,
} from "./decode-request.ts";
export { createEngine } from "./engine.ts";
export type { AppendOptions, Engine, EngineOptions } from "./engine.ts";
export { generate } from "./generate.ts";
export type { GenerateOptions } from "./generate.ts";
export type { LanguageModel } from "./language-model.ts";
export { Candidates } from "./candidates.ts";
export { logProbsOf, logSumExp } from "./log-probabilities.ts";
export type { LogProbs, TokenLogProb } from "./log-probabilities.ts";
export { frequencyPenalty, logitBias, presencePenalty, repetitionPenalty } from "./penalties.ts";
export { greedy, sampler } from "./sampler.ts";
export type { LogitsFilter, Sampler, TextSoFar } from "./sampler.ts";
export { samplerFrom } from "./sampling-options.ts";
export type { SamplingOptions } from "./sampling-options.ts";
export { Session } from "./session.ts";
export type { Decoder, DecodeOptions } from "./session.ts";
export { SpeculativeSession } from "./speculative-session.ts";
export type { SpeculativeOptions } from "./speculative-session.ts";
export { minP, temperature, topK, topP } from "./truncation.ts";
export { severalOf, writeTexts } from "./write-texts.ts";
export type { TextRequest, WrittenPiece } from "./write-texts.ts";
