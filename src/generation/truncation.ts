/** @file Filters that shape how bold the choice is: temperature, and what rules out the unlikely. */
import { UserError } from "../errors.ts";
import { largestOf } from "./candidates.ts";
import type { Candidates } from "./candidates.ts";
import { keepNucleus } from "./nucleus.ts";
import type { LogitsFilter } from "./sampler.ts";

/** Divides logits: below 1 the likely becomes likelier, above 1 the unlikely. */
export function temperature(value: number): LogitsFilter {
  requireTemperature(value);
  return ({ logits, count }) => {
    for (let i = 0; i < count; i++) logits[i] /= value;
  };
}

/** Throws a UserError for what is no temperature. */
export function requireTemperature(value: number): void {
  if (value > 0 && value < Infinity) return;
  throw new UserError(
    `temperature: expected a number above 0, got ${value}. Temperature 0 is greedy decoding.`,
  );
}

/** Keeps the k largest logits, and those equal to the least of them; with k ≥ V, all. */
export function topK(k: number): LogitsFilter {
  if (!Number.isInteger(k) || k < 1) {
    throw new UserError(`top-k: expected a whole number above 0, got ${k}.`);
  }
  return (candidates) => {
    const maxima = candidates.maxima();
    // k groups have a logit as large as the least of the k largest maxima, and only what is as large counts
    if (k < maxima.length) candidates.keepFrom(leastOfLargest(maxima, k), maxima);
    if (k < candidates.count) keepLargest(candidates, k);
  };
}

/**
 * Keeps the fewest tokens, likeliest first, whose probabilities sum to `p` or more; at least one. Holtzman et al. 2019.
 * Probabilities are those at a temperature that is applied later: few logits are left to divide then.
 */
export function topP(p: number, heat = 1): LogitsFilter {
  requireShare("top-p", p);
  return (candidates) => {
    if (p < 1) keepNucleus(candidates, p, heat);
  };
}

/** Keeps what has at least `p` times the probability of the likeliest token, at a temperature that is applied later. */
export function minP(p: number, heat = 1): LogitsFilter {
  requireShare("min-p", p);
  return (candidates) => {
    const maxima = candidates.maxima();
    candidates.keepFrom(largestOf(maxima) + heat * Math.log(p), maxima);
  };
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

/** The least of the k largest numbers. */
function leastOfLargest(values: Float32Array, k: number): number {
  const heap = values.slice(0, k).sort();
  for (let i = k; i < values.length; i++) if (values[i] > heap[0]) replaceLeast(heap, values[i]);
  return heap[0];
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
