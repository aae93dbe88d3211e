/** @file Filters that shape how bold the choice is: temperature, and what rules out the unlikely. */
import { UserError } from "../errors.ts";
import type { Candidates } from "./candidates.ts";
import { negativeExponential } from "./negative-exponential.ts";
import type { LogitsFilter } from "./sampler.ts";

/** Divides logits: below 1 the likely becomes likelier, above 1 the unlikely. */
export function temperature(value: number): LogitsFilter {
  if (!(value > 0 && value < Infinity)) {
    throw new UserError(
      `temperature: expected a number above 0, got ${value}. Temperature 0 is greedy decoding.`,
    );
  }
  return ({ logits, count }) => {
    for (let i = 0; i < count; i++) logits[i] /= value;
  };
}

/** Keeps the k largest logits, and those equal to the least of them; with k ≥ V, all. */
export function topK(k: number): LogitsFilter {
  if (!Number.isInteger(k) || k < 1) {
    throw new UserError(`top-k: expected a whole number above 0, got ${k}.`);
  }
  return (candidates) => {
    if (k < candidates.count) candidates.keepFrom(kthLargest(candidates, k));
  };
}

/** Keeps the fewest tokens, likeliest first, whose probabilities sum to `p` or more; at least one. Holtzman et al. 2019. */
export function topP(p: number): LogitsFilter {
  requireShare("top-p", p);
  return (candidates) => {
    if (p < 1) keepNucleus(candidates, p);
  };
}

/** Keeps what has at least `p` times the probability of the likeliest token. */
export function minP(p: number): LogitsFilter {
  requireShare("min-p", p);
  return (candidates) => candidates.keepFrom(candidates.largest() + Math.log(p));
}

function requireShare(name: string, p: number): void {
  if (p >= 0 && p <= 1) return;
  throw new UserError(`${name}: expected a number from 0 to 1, got ${p}.`);
}

/** The k-th largest logit. A heap of the k largest, least on top: nearly all logits are compared once and passed over. */
function kthLargest({ logits, count }: Candidates, k: number): number {
  const heap = logits.slice(0, k).sort(); // ascending, which is a heap
  for (let i = k; i < count; i++) {
    const logit = logits[i];
    if (!(logit > heap[0])) continue;
    let at = 0;
    for (let child = 1; child < k; child = 2 * at + 1) {
      if (child + 1 < k && heap[child + 1] < heap[child]) child++;
      if (heap[child] >= logit) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = logit;
  }
  return heap[0];
}

/** Steps below the largest logit, in which probabilities are added up before any is sorted. */
const numSteps = 1024;
const stepsPerUnit = 32;

/** Rules out the least likely tokens that together have no more than 1 − p. */
function keepNucleus(candidates: Candidates, p: number): void {
  const { ids, logits, count } = candidates;
  const largest = candidates.largest();
  const masses = new Float64Array(numSteps);
  for (let i = 0; i < count; i++)
    masses[stepOf(largest - logits[i])] += negativeExponential(largest - logits[i]);
  const excess = (1 - p) * masses.reduce((sum, mass) => sum + mass, 0);
  let ruledOut = 0;
  let step = numSteps - 1; // the one in which the sum of the ruled out crosses the excess
  while (step > 0 && ruledOut + masses[step] <= excess) ruledOut += masses[step--];

  const inStep: number[] = [];
  for (let i = 0; i < count; i++) if (stepOf(largest - logits[i]) === step) inStep.push(i);
  inStep.sort((a, b) => logits[a] - logits[b]);
  const out = new Set<number>();
  for (const i of inStep) {
    ruledOut += negativeExponential(largest - logits[i]);
    if (ruledOut > excess || (step === 0 && out.size === inStep.length - 1)) break;
    out.add(i);
  }
  let kept = 0;
  for (let i = 0; i < count; i++) {
    if (stepOf(largest - logits[i]) > step || out.has(i)) continue;
    ids[kept] = ids[i];
    logits[kept++] = logits[i];
  }
  candidates.count = kept;
}

function stepOf(below: number): number {
  const step = (below * stepsPerUnit) | 0; // 0 for more than 2^31, which only what has no probability is
  return below >= numSteps / stepsPerUnit ? numSteps - 1 : step;
}
