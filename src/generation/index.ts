export { generate } from "./generate.ts";
export type { GenerateOptions } from "./generate.ts";
export { nextToken } from "./next-token.ts";
export type { LanguageModel, NextToken } from "./next-token.ts";
export { greedy, sampler, samplerFrom, temperature, topK } from "./sampler.ts";
export type { LogitsFilter, Sampler, SamplingOptions } from "./sampler.ts";
