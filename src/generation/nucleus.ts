/** @file The fewest tokens that together have a share of the probability: found without sorting the vocabulary. */
import { largestOf } from "./candidates.ts";
import type { Candidates } from "./candidates.ts";
import { groupLength } from "./logit-kernels.ts";
import { negativeExponential } from "./negative-exponential.ts";

/** Steps below the largest logit, in which probabilities are added up before any is sorted; the last has all that lie farther. */
const numSteps = 1024;
const stepsPerUnit = 32;
/** Where the nucleus is looked for at first: e^−8 of the largest probability is nearly always too little to be of it. */
const nearSteps = 8 * stepsPerUnit;

interface Scale {
  readonly largest: number;
  readonly heat: number;
}

/** Keeps the likeliest tokens whose probabilities, at temperature `heat`, sum to `p` or more; at least one. */
export function keepNucleus(candidates: Candidates, p: number, heat: number): void {
  const maxima = candidates.maxima();
  const largest = largestOf(maxima);
  if (largest === -Infinity) return;
  const scale = { largest, heat };
  let needed = p * candidates.mass(largest, heat);
  let masses = stepMasses(candidates, maxima, scale, nearSteps);
  if (!(sum(masses) >= needed)) {
    masses = stepMasses(candidates, maxima, scale, numSteps);
    needed = p * sum(masses);
  }

  const excess = sum(masses) - needed;
  let ruledOut = 0;
  let last = masses.length - 1; // the step in which the sum of the ruled out crosses the excess
  while (last > 0 && ruledOut + masses[last] <= excess) ruledOut += masses[last--];
  const isFarthest = last === numSteps - 1;
  candidates.keepFrom(isFarthest ? -Infinity : thresholdOf(last + 1, scale), maxima);
  dropLeast(candidates, scale, last, excess - ruledOut);
}

/** Σ e^((logit − largest) / heat) of the logits in each of the first `count` steps. */
function stepMasses(
  { values }: Candidates,
  maxima: Float32Array,
  scale: Scale,
  count: number,
): Float64Array {
  const { largest, heat } = scale;
  const masses = new Float64Array(count);
  const threshold = count < numSteps ? thresholdOf(count, scale) : -Infinity;
  for (let group = 0; group < maxima.length; group++) {
    if (!(maxima[group] >= threshold)) continue;
    const end = Math.min((group + 1) * groupLength, values.length);
    for (let i = group * groupLength; i < end; i++) {
      if (!(values[i] >= threshold)) continue;
      const below = (largest - values[i]) / heat;
      const step = stepOf(below);
      if (step < count) masses[step] += negativeExponential(below);
    }
  }
  return masses;
}

/** Keeps what lies in the steps up to `last`, and of this one rules out the least likely that together have no more than `excess`. */
function dropLeast(
  candidates: Candidates,
  { largest, heat }: Scale,
  last: number,
  excess: number,
): void {
  const { ids, logits, count } = candidates;
  const inLast: number[] = [];
  for (let i = 0; i < count; i++) {
    if (stepOf((largest - logits[i]) / heat) === last) inLast.push(logits[i]);
  }
  const sorted = Float32Array.from(inLast).sort();
  let numOut = 0;
  let ruledOut = 0;
  for (; numOut < sorted.length - (last === 0 ? 1 : 0); numOut++) {
    ruledOut += negativeExponential((largest - sorted[numOut]) / heat);
    if (ruledOut > excess) break;
  }
  const least = sorted[numOut] ?? Infinity; // of equals, the first are ruled out
  let numEquals = numOut - sorted.indexOf(least);
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const step = stepOf((largest - logits[i]) / heat);
    if (step > last || (step === last && logits[i] < least)) continue;
    if (step === last && logits[i] === least && numEquals-- > 0) continue;
    ids[kept] = ids[i];
    logits[kept++] = logits[i];
  }
  candidates.shrink(kept);
}

/** The least logit of the steps before `step`, or a little less. */
function thresholdOf(step: number, { largest, heat }: Scale): number {
  const below = (step / stepsPerUnit) * heat;
  return largest - below - (Math.abs(largest) + below) * 1e-6;
}

function stepOf(below: number): number {
  return below < (numSteps - 1) / stepsPerUnit ? (below * stepsPerUnit) | 0 : numSteps - 1;
}

const sum = (values: Float64Array) => values.reduce((total, each) => total + each, 0);
