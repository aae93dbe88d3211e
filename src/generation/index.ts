export { createEngine } from "./engine.ts";
export type { AppendOptions, Engine, EngineOptions } from "./engine.ts";
export { generate } from "./generate.ts";
export type { GenerateOptions } from "./generate.ts";
export type { LanguageModel } from "./language-model.ts";
export { greedy, sampler, samplerFrom, temperature, topK } from "./sampler.ts";
export type { LogitsFilter, Sampler, SamplingOptions } from "./sampler.ts";
