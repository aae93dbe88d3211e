import type { Generator } from "./generator.ts";

/**
 * Fills `out` with what PyTorch's dropout multiplies by: 0 with probability `rate` (0 to 1), else 1 / (1 - rate) in
 * float32. Rates 0 and 1 leave nothing to chance and draw nothing, as there.
 */
export function dropoutMask(generator: Generator, out: Float32Array, rate: number): void {
  if (!(rate >= 0 && rate <= 1)) {
    throw new RangeError(`dropout: expected a rate from 0 to 1, got ${rate}`);
  }
  if (rate === 0 || rate === 1) return void out.fill(1 - rate);
  generator.bernoulli(out, 1 - rate, 1 / Math.fround(1 - rate));
}
