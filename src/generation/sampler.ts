/**
 * @file How the next token is chosen. A sampler is a function from logits to an id; what shapes the distribution is a
 * list of filters applied before the draw.
 */
import { UserError } from "../errors.ts";
import type { Generator } from "../random/index.ts";
import { Candidates, firstLargest } from "./candidates.ts";

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
export const greedy: Sampler = (logits) => Math.max(0, firstLargest(logits));

/**
 * Applies `filters` in order, then draws from the softmax as `torch.multinomial` would, at a temperature if one is given;
 * without a generator it takes the likeliest that the filters leave.
 */
export function sampler(
  filters: readonly LogitsFilter[],
  generator?: Generator,
  temperature = 1,
): Sampler {
  if (filters.length === 0 && generator) {
    return (logits) => generator.categorical(logits, { temperature });
  }
  if (filters.length === 0) return greedy;
  let candidates: Candidates | undefined; // kept, so that a token allocates nothing of the vocabulary's size
  return (logits, text = noText) => {
    if (candidates?.vocabSize !== logits.length) candidates = new Candidates(logits.length);
    candidates.reset(logits);
    for (const filter of filters) filter(candidates, text);
    return choose(candidates, generator, temperature);
  };
}

function choose(
  candidates: Candidates,
  generator: Generator | undefined,
  temperature: number,
): number {
  if (candidates.largest() === -Infinity) {
    throw new UserError(
      "sampler: expected a token that the options allow, got none. Loosen the logit bias or the constraint.",
    );
  }
  if (!generator) return candidates.likeliest();
  const { values, vocabSize } = candidates;
  if (candidates.isWhole) return generator.categorical(values, { temperature });
  return generator.categorical(values, { ids: candidates.ids, total: vocabSize, temperature });
}
