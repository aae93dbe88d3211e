/**
 * @file How the next token is chosen. A sampler is a function from logits to an id; what shapes the distribution is a
 * list of filters applied before the draw.
 */
import { UserError } from "../errors.ts";
import type { Generator } from "../random/index.ts";
import { Candidates } from "./candidates.ts";

/** What was read and written before the token that is chosen. */
export interface TextSoFar {
  readonly ids: readonly number[];
  /** How many of the ids are the prompt's; the rest was generated. */
  readonly promptLength: number;
}

/** Chooses a token id from the logits `(V,)`, which it leaves as they are. */
export type Sampler = (logits: Float32Array, text?: TextSoFar) => number;

/** Changes the logits of candidates, or rules some out; at least one should remain. */
export type LogitsFilter = (candidates: Candidates, text: TextSoFar) => void;

const noText: TextSoFar = { ids: [], promptLength: 0 };

/** The id of the largest logit, the first of equals. */
export const greedy: Sampler = (logits) => {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id] > logits[best]) best = id;
  return best;
};

/**
 * Applies `filters` in order, then draws from the softmax as `torch.multinomial` would; without a generator it takes the
 * likeliest that the filters leave.
 */
export function sampler(filters: readonly LogitsFilter[], generator?: Generator): Sampler {
  if (filters.length === 0 && generator) return (logits) => generator.categorical(logits);
  if (filters.length === 0) return greedy;
  let candidates: Candidates | undefined; // kept, so that a token allocates nothing of the vocabulary's size
  return (logits, text = noText) => {
    if (candidates?.ids.length !== logits.length) candidates = new Candidates(logits.length);
    candidates.reset(logits);
    for (const filter of filters) filter(candidates, text);
    return choose(candidates, generator);
  };
}

function choose(candidates: Candidates, generator: Generator | undefined): number {
  const { count, ids, logits } = candidates;
  if (candidates.largest() === -Infinity) {
    throw new UserError(
      "sampler: expected a token that the options allow, got none. Loosen the logit bias or the constraint.",
    );
  }
  if (!generator) return candidates.likeliest();
  if (count === ids.length) return generator.categorical(logits);
  return generator.categorical(logits.subarray(0, count), { ids, total: ids.length });
}
