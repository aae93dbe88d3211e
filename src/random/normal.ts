import { boxMuller16 } from "./box-muller-float32.ts";
import type { Engine } from "./engine.ts";
import { fusedMultiplyAdd64 } from "./fused-multiply-add.ts";
import { uniform } from "./uniform.ts";

export interface NormalShape {
  /** 0 by default. */
  readonly mean?: number;
  /** Standard deviation, not negative; 1 by default. */
  readonly std?: number;
}

/**
 * Fills `out` like `tensor.normal_(mean, std)`. PyTorch has two unlike methods, and so have we: fewer than 16 values
 * are made one by one in float64 and leave a cached one behind; 16 and more are made in blocks and ignore the cache.
 */
export function normal(
  engine: Engine,
  out: Float32Array | Float64Array,
  { mean = 0, std = 1 }: NormalShape = {},
): void {
  if (!(std >= 0)) throw new RangeError(`normal: expected std >= 0, got ${std}`);
  if (out.length >= 16) fillBlocks(engine, out, mean, std);
  else for (let i = 0; i < out.length; i++) out[i] = scaled(nextNormal(engine), mean, std);
}

function nextNormal(engine: Engine): number {
  const cached = engine.cachedNormal;
  if (cached !== undefined) {
    engine.cachedNormal = undefined;
    return cached;
  }
  const angle = 2 * Math.PI * (engine.next53() * 2 ** -53);
  const radius = Math.sqrt(-2 * Math.log1p(-(engine.next53() * 2 ** -53)));
  engine.cachedNormal = radius * Math.sin(angle);
  return radius * Math.cos(angle);
}

/** Blocks of 16; what is left over after the last full block overlaps it, from 16 new uniform values. */
function fillBlocks(
  engine: Engine,
  out: Float32Array | Float64Array,
  mean: number,
  std: number,
): void {
  const transform = out instanceof Float32Array ? block32(out, mean, std) : block64(out, mean, std);
  uniform(engine, out);
  for (let start = 0; start + 16 <= out.length; start += 16) transform(start);
  if (out.length % 16 === 0) return;
  uniform(engine, out.subarray(out.length - 16));
  transform(out.length - 16);
}

function block32(out: Float32Array, mean: number, std: number): (start: number) => void {
  const [mean32, std32] = [Math.fround(mean), Math.fround(std)];
  return (start) => boxMuller16(out, start, mean32, std32);
}

function block64(out: Float64Array, mean: number, std: number): (start: number) => void {
  return (start) => {
    for (let j = start; j < start + 8; j++) {
      const radius = Math.sqrt(-2 * Math.log(1 - out[j]));
      const angle = 2 * Math.PI * out[j + 8];
      out[j] = scaled(radius * Math.cos(angle), mean, std);
      out[j + 8] = scaled(radius * Math.sin(angle), mean, std);
    }
  };
}

function scaled(value: number, mean: number, std: number): number {
  return mean === 0 ? value * std + 0 : fusedMultiplyAdd64(value, std, mean);
}
