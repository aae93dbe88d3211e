import fc from "fast-check";
import { expect, test } from "vitest";
import { fusedMultiplyAdd32, fusedMultiplyAdd64 } from "./fused-multiply-add.ts";

/** A finite float64 as an integer times 2^-1074, so that BigInt arithmetic on it is exact. */
function exact(value: number): bigint {
  const bits = new BigUint64Array(new Float64Array([value]).buffer)[0];
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & (2n ** 52n - 1n);
  const magnitude = exponent === 0n ? fraction : (fraction | (2n ** 52n)) << (exponent - 1n);
  return bits >> 63n === 1n ? -magnitude : magnitude;
}

/** `a * b + c`, rounded once by integer arithmetic to `digits` significant bits, ties to even. */
function fusedByIntegers(a: number, b: number, c: number, digits: number): number {
  const sum = exact(a) * exact(b) + (exact(c) << 1074n); // in units of 2^-2148
  const magnitude = sum < 0n ? -sum : sum;
  const excess = magnitude.toString(2).length - digits;
  if (excess <= 0) return scale(sum, 2148);
  const unit = 1n << BigInt(excess);
  const remainder = magnitude % unit;
  let quotient = magnitude / unit;
  if (2n * remainder > unit || (2n * remainder === unit && quotient % 2n === 1n)) quotient += 1n;
  return scale(sum < 0n ? -quotient : quotient, 2148 - excess);
}

/** `integer * 2^-exponent` in steps that each are exact. */
function scale(integer: bigint, exponent: number): number {
  let value = Number(integer);
  for (; exponent > 1000; exponent -= 1000) value *= 2 ** -1000;
  return value * 2 ** -exponent;
}

// Magnitudes near 1 meet the hard cases (cancellation, halfway) far more often than magnitudes from everywhere.
const float32 = fc.float({ min: -8, max: 8, noNaN: true }).filter((x) => Math.abs(x) > 2 ** -20);
const float64 = fc.double({ min: -8, max: 8, noNaN: true }).filter((x) => Math.abs(x) > 2 ** -20);

test("a float32 fused multiply-add rounds once", () => {
  fc.assert(
    fc.property(float32, float32, float32, (a, b, c) => {
      expect(fusedMultiplyAdd32(a, b, c)).toBe(fusedByIntegers(a, b, c, 24));
    }),
    { numRuns: 2000 },
  );
});

test("a float32 sum that only looks halfway in float64 is not rounded to even", () => {
  const ulp = 2 ** -23;
  for (const [a, b, c] of [
    [1 + ulp, 2 ** -24 * (1 - ulp), 1 + ulp], // just below halfway: float64 loses 2^-70
    [1 + ulp, -(2 ** -24) * (1 - ulp), -1 - ulp],
    [2 ** -40, 2 ** -40, 2 ** -24 + 2 ** -47], // exact in float64
  ]) {
    expect(fusedMultiplyAdd32(a, b, c)).toBe(fusedByIntegers(a, b, c, 24));
  }
  const [a, b, c] = [1 + ulp, 2 ** -24 * (1 - ulp), 1 + ulp];
  expect(fusedMultiplyAdd32(a, b, c)).toBe(1 + ulp);
  expect(Math.fround(a * b + c)).toBe(1 + 2 * ulp); // what rounding twice would give
});

test("a float64 fused multiply-add rounds once", () => {
  fc.assert(
    fc.property(float64, float64, float64, (a, b, c) => {
      expect(fusedMultiplyAdd64(a, b, c)).toBe(fusedByIntegers(a, b, c, 53));
      expect(fusedMultiplyAdd64(a, b, -a * b)).toBe(fusedByIntegers(a, b, -a * b, 53));
    }),
    { numRuns: 2000 },
  );
});
