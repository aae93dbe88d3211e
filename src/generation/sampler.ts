/**
 * @file How the next token is chosen. A sampler is a function from logits to an id; what shapes the distribution is a
 * list of functions applied before the draw.
 */
import { UserError } from "../errors.ts";
import type { Generator } from "../random/index.ts";

/** Chooses a token id from the logits of all V of them. */
export type Sampler = (logits: Float32Array) => number;

/** Changes logits in place; −∞ rules a token out. */
export type LogitsFilter = (logits: Float32Array) => void;

/** The id of the largest logit, the first of equals. */
export const greedy: Sampler = (logits) => {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id] > logits[best]) best = id;
  return best;
};

/** Divides logits: below 1 the likely becomes likelier, above 1 the unlikely. */
export function temperature(value: number): LogitsFilter {
  if (!(value > 0 && value < Infinity)) {
    throw new UserError(
      `temperature: expected a number above 0, got ${value}. Temperature 0 is greedy decoding.`,
    );
  }
  return (logits) => {
    for (let id = 0; id < logits.length; id++) logits[id] /= value;
  };
}

/** Keeps the k largest logits, and those equal to the least of them; with k ≥ V, all. */
export function topK(k: number): LogitsFilter {
  if (!Number.isInteger(k) || k < 1) {
    throw new UserError(`top-k: expected a whole number above 0, got ${k}.`);
  }
  return (logits) => {
    if (k >= logits.length) return;
    const threshold = logits.toSorted().at(-k)!;
    for (let id = 0; id < logits.length; id++) if (logits[id] < threshold) logits[id] = -Infinity;
  };
}

/** Applies `filters` in order, then draws from the softmax as `torch.multinomial` would. */
export function sampler(filters: readonly LogitsFilter[], generator: Generator): Sampler {
  return (logits) => {
    const shaped = logits.slice();
    for (const filter of filters) filter(shaped);
    return generator.multinomial(softmaxInPlace(shaped), 1)[0];
  };
}

export interface SamplingOptions {
  /** 0 is greedy; 1 unless said. */
  readonly temperature?: number;
  readonly topK?: number;
}

/** The sampler that command-line options describe. */
export function samplerFrom(options: SamplingOptions, generator: Generator): Sampler {
  const { temperature: heat = 1 } = options;
  if (heat === 0) return greedy;
  const filters = [
    ...(options.topK === undefined ? [] : [topK(options.topK)]),
    ...(heat === 1 ? [] : [temperature(heat)]),
  ];
  return sampler(filters, generator);
}

function softmaxInPlace(logits: Float32Array): Float32Array {
  const peak = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  let total = 0;
  for (let id = 0; id < logits.length; id++) {
    logits[id] = Math.exp(logits[id] - peak);
    total += logits[id];
  }
  for (let id = 0; id < logits.length; id++) logits[id] /= total;
  return logits;
}
