import type { Engine } from "./engine.ts";
import { fusedMultiplyAdd32, fusedMultiplyAdd64 } from "./fused-multiply-add.ts";

export interface UniformRange {
  /** Lower bound, included; 0 by default. */
  readonly from?: number;
  /** Upper bound, excluded but for rounding; 1 by default. */
  readonly to?: number;
}

/** Fills `out` like `tensor.uniform_(from, to)`: one random word for a float32, two for a float64. */
export function uniform(
  engine: Engine,
  out: Float32Array | Float64Array,
  { from = 0, to = 1 }: UniformRange = {},
): void {
  if (!(from <= to)) {
    throw new RangeError(`uniform: expected from <= to, got from ${from} and to ${to}`);
  }
  if (out instanceof Float32Array) uniform32(engine, out, Math.fround(from), Math.fround(to));
  else uniform64(engine, out, from, to);
}

function uniform32(engine: Engine, out: Float32Array, from: number, to: number): void {
  const width = Math.fround(to - from);
  for (let i = 0; i < out.length; i++) {
    const unit = (engine.next32() & 0xffffff) * 2 ** -24;
    out[i] = fusedMultiplyAdd32(unit, width, from);
  }
}

function uniform64(engine: Engine, out: Float64Array, from: number, to: number): void {
  const width = to - from;
  for (let i = 0; i < out.length; i++) {
    out[i] = fusedMultiplyAdd64(engine.next53() * 2 ** -53, width, from);
  }
}
