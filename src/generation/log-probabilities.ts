/** @file How likely a token was, and what else would have been: log-probabilities of the model's own distribution, before temperature and filters. */
import { massOf, maximaOf } from "./logit-vectors.ts";

export interface TokenLogProb {
  readonly id: number;
  /** Natural logarithm of the probability. */
  readonly logProb: number;
}

export interface LogProbs {
  /** Of the token that was chosen. */
  readonly logProb: number;
  /** The likeliest tokens, likeliest first. */
  readonly top: readonly TokenLogProb[];
}

/** The log-probability of `id` under logits `(V,)`, and the `count` likeliest tokens. */
export function logProbsOf(logits: Float32Array, id: number, count: number): LogProbs {
  const top = likeliest(logits, count);
  const total = logSumExp(logits);
  return {
    logProb: logits[id] - total,
    top: top.map((each) => ({ id: each, logProb: logits[each] - total })),
  };
}

/** ln Σ e^logit. */
export function logSumExp(logits: Float32Array): number {
  const largest = maximaOf(logits, logits.length).reduce((a, b) => (b > a ? b : a), -Infinity);
  return largest + Math.log(massOf(logits, logits.length, { largest, temperature: 1 }));
}

/** The ids of the `count` largest logits, in order; of equals the first. */
function likeliest(logits: Float32Array, count: number): number[] {
  const ids: number[] = [];
  if (count === 0) return ids;
  for (let id = 0; id < logits.length; id++) {
    if (ids.length === count && !(logits[id] > logits[ids[count - 1]])) continue;
    let at = Math.min(ids.length, count - 1);
    for (; at > 0 && logits[id] > logits[ids[at - 1]]; at--) ids[at] = ids[at - 1];
    ids[at] = id;
  }
  return ids;
}
