/** @file Filters that look at the text so far, or at single tokens: repetition, presence, frequency, bias. */
import { UserError } from "../errors.ts";
import type { LogitsFilter } from "./sampler.ts";

/**
 * Makes each token of the prompt and of the text less likely: a logit above 0 is divided by `penalty`, one below 0 multiplied
 * by it. Keskar et al. 2019 (CTRL); as in transformers.
 */
export function repetitionPenalty(penalty: number): LogitsFilter {
  if (!(penalty > 0 && penalty < Infinity)) {
    throw new UserError(
      `repetition penalty: expected a number above 0, got ${penalty}. 1 changes nothing.`,
    );
  }
  return (candidates, { ids }) => {
    const { logits } = candidates;
    for (const id of new Set(ids)) {
      const i = candidates.indexOf(id);
      if (i >= 0) logits[i] = logits[i] < 0 ? logits[i] * penalty : logits[i] / penalty;
    }
  };
}

/** Takes `penalty` from the logit of each token that was generated before; as in OpenAI's API, where −2 to 2 is usual. */
export function presencePenalty(penalty: number): LogitsFilter {
  return penaltyByCount("presence penalty", penalty, () => penalty);
}

/** Takes `penalty` from a logit for each time that its token was generated before; as in OpenAI's API. */
export function frequencyPenalty(penalty: number): LogitsFilter {
  return penaltyByCount("frequency penalty", penalty, (count) => penalty * count);
}

function penaltyByCount(
  name: string,
  penalty: number,
  amount: (count: number) => number,
): LogitsFilter {
  if (!Number.isFinite(penalty)) {
    throw new UserError(`${name}: expected a number, got ${penalty}. 0 changes nothing.`);
  }
  return (candidates, { ids, promptLength }) => {
    const counts = new Map<number, number>();
    for (let i = promptLength; i < ids.length; i++) {
      counts.set(ids[i], (counts.get(ids[i]) ?? 0) + 1);
    }
    for (const [id, count] of counts) {
      const i = candidates.indexOf(id);
      if (i >= 0) candidates.logits[i] -= amount(count);
    }
  };
}

/** Adds to the logits of single tokens; −∞ rules one out. */
export function logitBias(biases: ReadonlyMap<number, number>): LogitsFilter {
  for (const [id, bias] of biases) {
    if (Number.isInteger(id) && id >= 0 && bias < Infinity) continue;
    throw new UserError(
      `logit bias: expected a token id and a number below infinity, got ${id} and ${bias}.`,
    );
  }
  return (candidates) => {
    for (const [id, bias] of biases) {
      const i = candidates.indexOf(id);
      if (i < 0) {
        if (id < candidates.vocabSize) continue;
        throw new UserError(
          `logit bias: expected ids below ${candidates.vocabSize}, got ${id}. Use ids of the model's vocabulary.`,
        );
      }
      candidates.logits[i] += bias;
    }
  };
}
