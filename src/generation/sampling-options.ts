/** @file The options of sampling as data, and the chain of filters that they mean. */
import type { Generator } from "../random/index.ts";
import { frequencyPenalty, logitBias, presencePenalty, repetitionPenalty } from "./penalties.ts";
import { sampler } from "./sampler.ts";
import type { LogitsFilter, Sampler } from "./sampler.ts";
import { minP, requireTemperature, topK, topP } from "./truncation.ts";

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
 * The sampler that options describe: bias and penalties, top-k, then top-p and min-p at the temperature, which is applied at
 * the draw. Transformers divides by it before; so the same tokens are left, and few logits have to be divided. `first`
 * are filters before all others, such as a constraint.
 */
export function samplerFrom(
  options: SamplingOptions,
  generator: Generator,
  first: readonly LogitsFilter[] = [],
): Sampler {
  const filters = [...first, ...penaltiesOf(options)];
  const { temperature: heat = 1 } = options;
  if (heat === 0) return sampler(filters);
  requireTemperature(heat);
  if (options.topK !== undefined) filters.push(topK(options.topK));
  if (options.topP !== undefined) filters.push(topP(options.topP, heat));
  if (options.minP !== undefined && options.minP !== 0) filters.push(minP(options.minP, heat));
  return sampler(filters, generator, heat);
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
