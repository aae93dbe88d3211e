/** @file The options of sampling as data, and the chain of filters that they mean. */
import type { Generator } from "../random/index.ts";
import { frequencyPenalty, logitBias, presencePenalty, repetitionPenalty } from "./penalties.ts";
import { sampler } from "./sampler.ts";
import type { LogitsFilter, Sampler } from "./sampler.ts";
import { minP, temperature, topK, topP } from "./truncation.ts";

export interface SamplingOptions {
  /** 0 is greedy; 1 unless said. */
  readonly temperature?: number | undefined;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
  readonly minP?: number | undefined;
  readonly repetitionPenalty?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  /** Added to the logit of a token id. */
  readonly logitBias?: ReadonlyMap<number, number> | undefined;
}

/**
 * The sampler that options describe: bias and penalties, then temperature, top-k, top-p and min-p, the order of
 * transformers. (Top-k stands before temperature, which cannot change who the k largest are: then k logits are divided
 * and not all.) `first` are filters before all others, such as a constraint.
 */
export function samplerFrom(
  options: SamplingOptions,
  generator: Generator,
  first: readonly LogitsFilter[] = [],
): Sampler {
  const filters = [...first, ...penaltiesOf(options)];
  const { temperature: heat = 1 } = options;
  if (heat === 0) return sampler(filters);
  if (options.topK !== undefined) filters.push(topK(options.topK));
  const divide = temperature(heat);
  const isLast = filters.length === 0 && (options.topP ?? 1) === 1 && (options.minP ?? 0) === 0;
  if (isLast) return (logits) => generator.categorical(logits, { temperature: heat }); // nothing is copied
  if (heat !== 1) filters.push(divide);
  if (options.topP !== undefined) filters.push(topP(options.topP));
  if (options.minP !== undefined) filters.push(minP(options.minP));
  return sampler(filters, generator);
}

function penaltiesOf(options: SamplingOptions): LogitsFilter[] {
  const { repetitionPenalty: repetition = 1 } = options;
  const { presencePenalty: presence = 0, frequencyPenalty: frequency = 0 } = options;
  return [
    ...(options.logitBias && options.logitBias.size > 0 ? [logitBias(options.logitBias)] : []),
    ...(repetition === 1 ? [] : [repetitionPenalty(repetition)]),
    ...(presence === 0 ? [] : [presencePenalty(presence)]),
    ...(frequency === 0 ? [] : [frequencyPenalty(frequency)]),
  ];
}
