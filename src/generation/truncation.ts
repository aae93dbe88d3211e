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
    if (k < candidates.count) keepLargest(candidates, k);
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

/**
 * Rules out all but the k largest. A heap holds the k largest so far, least on top: nearly all logits are compared once and
 * passed over; the others, few, are looked at again when the least of all is known.
 */
function keepLargest(candidates: Candidates, k: number): void {
  const { ids, logits, count } = candidates;
  const heap = logits.slice(0, k).sort(); // ascending, which is a heap
  const places: number[] = Array.from({ length: k }, (_, i) => i);
  let least = heap[0];
  for (let i = k; i < count; i++) {
    const logit = logits[i];
    if (!(logit >= least)) continue;
    places.push(i);
    if (logit === least) continue;
    replaceLeast(heap, logit);
    least = heap[0];
  }
  let kept = 0;
  for (const i of places) {
    if (!(logits[i] >= least)) continue;
    ids[kept] = ids[i];
    logits[kept++] = logits[i];
  }
  candidates.shrink(kept);
}

/** Puts a larger number in the place of a heap's least. */
function replaceLeast(heap: Float32Array, value: number): void {
  let at = 0;
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && heap[child + 1] < heap[child]) child++;
    if (heap[child] >= value) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = value;
}

/** Steps below the largest logit, in which probabilities are added up before any is sorted. */
const numSteps = 1024;
const stepsPerUnit = 32;

/** Rules out the least likely tokens that together have no more than 1 − p. */
function keepNucleus(candidates: Candidates, p: number): void {
  const { logits, count } = candidates;
  const largest = candidates.largest();
  const masses = new Float64Array(numSteps);
  for (let i = 0; i < count; i++) {
    const below = largest - logits[i];
    masses[stepOf(below)] += negativeExponential(below);
  }
  const excess = (1 - p) * masses.reduce((sum, mass) => sum + mass, 0);
  let ruledOut = 0;
  let step = numSteps - 1; // the one in which the sum of the ruled out crosses the excess
  while (step > 0 && ruledOut + masses[step] <= excess) ruledOut += masses[step--];

  keepSteps(candidates, largest, step);
  const inStep: number[] = [];
  for (let i = 0; i < candidates.count; i++) {
    if (stepOf(largest - logits[i]) === step) inStep.push(i);
  }
  inStep.sort((a, b) => logits[a] - logits[b]);
  const out = new Set<number>();
  for (const i of inStep) {
    ruledOut += negativeExponential(largest - logits[i]);
    if (ruledOut > excess || (step === 0 && out.size === inStep.length - 1)) break;
    out.add(i);
  }
  if (out.size > 0) dropPlaces(candidates, out);
}

/** Rules out what lies in steps after `last`. */
function keepSteps(candidates: Candidates, largest: number, last: number): void {
  const { ids, logits, count } = candidates;
  const farthest = (last + 2) / stepsPerUnit; // beyond it no step has to be computed
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const below = largest - logits[i];
    if (below > farthest && last < numSteps - 2) continue;
    if (stepOf(below) > last) continue;
    ids[kept] = ids[i];
    logits[kept++] = logits[i];
  }
  candidates.shrink(kept);
}

function dropPlaces(candidates: Candidates, places: ReadonlySet<number>): void {
  const { ids, logits, count } = candidates;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    if (places.has(i)) continue;
    ids[kept] = ids[i];
    logits[kept++] = logits[i];
  }
  candidates.shrink(kept);
}

/** The step of a logit that lies `below` the largest; the last one has all that lie farther. */
function stepOf(below: number): number {
  return below < (numSteps - 1) / stepsPerUnit ? (below * stepsPerUnit) | 0 : numSteps - 1;
}
