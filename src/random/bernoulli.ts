import type { Engine } from "./engine.ts";

/** Probability of success: one for all (two random words each) or one per value (float32: one word, float64: two). */
export type Probability = number | Float32Array | Float64Array;

/**
 * Fills `out` with `value` where a draw succeeds and 0 elsewhere, like `tensor.bernoulli_(p)` for a number and
 * `torch.bernoulli(p)` for an array.
 */
export function bernoulli(
  engine: Engine,
  out: Float32Array | Float64Array | Int32Array,
  p: Probability,
  value = 1,
): void {
  requireProbability(out.length, p);
  if (typeof p === "number") return bernoulliScalar(engine, out, p, value);
  if (p instanceof Float32Array) {
    for (let i = 0; i < out.length; i++) {
      out[i] = (engine.next32() & 0xffffff) < p[i] * 2 ** 24 ? value : 0;
    }
  } else {
    for (let i = 0; i < out.length; i++) out[i] = engine.next53() < p[i] * 2 ** 53 ? value : 0;
  }
}

/** `next53() < p * 2^53` on the upper 21 bits first and without a branch, which masks of millions of values need. */
function bernoulliScalar(
  engine: Engine,
  out: Float32Array | Float64Array | Int32Array,
  p: number,
  value: number,
): void {
  const threshold = Math.ceil(p * 2 ** 53);
  const thresholdHigh = Math.floor(threshold / 2 ** 32);
  const thresholdLow = threshold % 2 ** 32;
  for (let i = 0; i < out.length; i++) {
    const difference = (engine.next32() & 0x1fffff) - thresholdHigh;
    const low = engine.next32();
    out[i] = (difference >>> 31) * value;
    if (difference === 0 && low < thresholdLow) out[i] = value;
  }
}

function requireProbability(length: number, p: Probability): void {
  if (typeof p === "number") return requireUnitInterval(p);
  if (p.length !== length) {
    throw new RangeError(`bernoulli: expected ${length} probabilities, got ${p.length}`);
  }
  for (let i = 0; i < length; i++) requireUnitInterval(p[i]);
}

function requireUnitInterval(p: number): void {
  if (p >= 0 && p <= 1) return;
  throw new RangeError(`bernoulli: expected a probability from 0 to 1, got ${p}`);
}
