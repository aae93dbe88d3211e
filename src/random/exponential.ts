import type { Engine } from "./engine.ts";

/** Fills `out` like `tensor.exponential_()`: rate 1, two random words a value. */
export function exponential(engine: Engine, out: Float32Array | Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = -Math.log1p(-(engine.next53() * 2 ** -53));
}
