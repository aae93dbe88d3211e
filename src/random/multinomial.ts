import type { Engine } from "./engine.ts";
import { exponential } from "./exponential.ts";

export interface MultinomialOptions {
  /** Whether an index may be drawn again; false by default. */
  readonly replacement?: boolean;
}

/**
 * Draws `count` indices with the given weights, which need not sum to 1, like `torch.multinomial`. For a batch of
 * distributions call it row by row: PyTorch draws in that order too.
 */
export function multinomial(
  engine: Engine,
  probabilities: Float32Array | Float64Array,
  count: number,
  { replacement = false }: MultinomialOptions = {},
): Int32Array {
  requireDistribution(probabilities, replacement ? 1 : count);
  if (replacement && count > 1) return drawWithReplacement(engine, probabilities, count);
  const scores = race(engine, probabilities);
  if (count === 1) return Int32Array.of(indexOfLargest(scores));
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a]);
  return order.slice(0, count);
}

/** Dividing each weight by an exponential variable makes the largest quotient fall on i with probability p[i]. */
function race(engine: Engine, weights: Float32Array | Float64Array): Float32Array | Float64Array {
  const scores = weights.slice();
  exponential(engine, scores);
  for (let i = 0; i < scores.length; i++) scores[i] = weights[i] / scores[i];
  return scores;
}

function indexOfLargest(values: Float32Array | Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

function drawWithReplacement(
  engine: Engine,
  weights: Float32Array | Float64Array,
  count: number,
): Int32Array {
  const cumulative = weights.slice();
  for (let i = 1; i < cumulative.length; i++) cumulative[i] += cumulative[i - 1];
  const total = cumulative[cumulative.length - 1];
  for (let i = 0; i < cumulative.length; i++) cumulative[i] /= total;
  cumulative[cumulative.length - 1] = 1;
  const drawn = new Int32Array(count);
  for (let i = 0; i < count; i++) drawn[i] = lowerBound(cumulative, engine.next53() * 2 ** -53);
  return drawn;
}

/** The first index whose value is not below `target`. */
function lowerBound(sorted: Float32Array | Float64Array, target: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < target) low = middle + 1;
    else high = middle;
  }
  return low;
}

function requireDistribution(weights: Float32Array | Float64Array, distinct: number): void {
  const wrong = weights.find((weight) => !(weight >= 0 && weight < Infinity));
  if (wrong !== undefined) {
    throw new RangeError(`multinomial: expected finite weights >= 0, got ${wrong}`);
  }
  let positive = 0;
  for (const weight of weights) if (weight > 0) positive++;
  if (positive < distinct || positive === 0) {
    throw new RangeError(
      `multinomial: expected at least ${Math.max(distinct, 1)} weights above 0, got ${positive}`,
    );
  }
}
