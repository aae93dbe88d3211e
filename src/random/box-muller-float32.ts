/**
 * @file Box-Muller on blocks of 16 float32 values, with the single-precision logarithm, sine and cosine of the Cephes
 * library as PyTorch's AVX2 code evaluates them (avx_mathfun): every `fround(a * b + c)` below is one fused step
 * there. Rounding first to float64 never shows: the test runs all 2^24 inputs that exist against hardware.
 */

import { fusedMultiplyAdd32 } from "./fused-multiply-add.ts";

const fround = Math.fround;

/** Turns 16 uniform values (0 <= x < 1) at `start` into normals in place; value j pairs with value j + 8. */
export function boxMuller16(out: Float32Array, start: number, mean: number, std: number): void {
  for (let j = start; j < start + 8; j++) {
    const radius = fround(Math.sqrt(fround(-2 * logarithm(fround(1 - out[j])))));
    const angle = fround(twoPi * out[j + 8]);
    // Fold the angle into [-π/4, π/4]; the octant says which polynomial gives the sine, and the signs.
    const octant = (fround(angle * fourOverPi) + 1) & ~1;
    const folded = fold(angle, octant);
    const square = fround(folded * folded);
    const isSwapped = (octant & 2) !== 0;
    const cosPart = cosinePolynomial(square);
    const sinPart = sinePolynomial(folded, square);
    const sin = fround((isSwapped ? cosPart : sinPart) * ((octant & 4) === 0 ? radius : -radius));
    const cos = fround(
      (isSwapped ? sinPart : cosPart) * (((octant + 2) & 4) === 0 ? radius : -radius),
    );
    out[j] = mean === 0 ? cos * std + 0 : fusedMultiplyAdd32(cos, std, mean);
    out[j + 8] = mean === 0 ? sin * std + 0 : fusedMultiplyAdd32(sin, std, mean);
  }
}

const float = new Float32Array(1);
const floatBits = new Int32Array(float.buffer);

const sqrtHalf = fround(0.707106781186547524);
const [L0, L1, L2, L3, L4, L5, L6, L7, L8] = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1,
  -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(fround);
const [logTwoLow, logTwoHigh] = [-2.1219444e-4, 0.693359375].map(fround);

/** Natural logarithm of a float32, 2^-24 <= value <= 1. */
function logarithm(value: number): number {
  float[0] = value;
  let exponent = (floatBits[0] >> 23) - 126;
  floatBits[0] = (floatBits[0] & 0x7fffff) | 0x3f000000;
  const mantissa = float[0]; // in [0.5, 1)
  let x = fround(mantissa - 1);
  if (mantissa < sqrtHalf) {
    exponent -= 1;
    x = fround(x + mantissa);
  }
  const square = fround(x * x);
  let y = fround(L0 * x + L1);
  y = fround(y * x + L2);
  y = fround(y * x + L3);
  y = fround(y * x + L4);
  y = fround(y * x + L5);
  y = fround(y * x + L6);
  y = fround(y * x + L7);
  y = fround(y * x + L8);
  y = fround(fround(y * x) * square + fround(exponent * logTwoLow));
  y = fround(y - square * 0.5);
  return fround(exponent * logTwoHigh + fround(x + y));
}

const twoPi = fround(2 * Math.PI);
const fourOverPi = fround(4 / Math.PI);
/** π/4 in three parts, so that subtracting a multiple of it loses nothing. */
const [Q0, Q1, Q2] = [-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8].map(fround);

function fold(angle: number, octant: number): number {
  const x = fround(fround(octant * Q0 + angle) + octant * Q1);
  return fround(x + octant * Q2);
}

const [S0, S1, S2] = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(fround);

function sinePolynomial(x: number, square: number): number {
  const y = fround(fround(S0 * square + S1) * square + S2);
  return fround(fround(y * square) * x + x);
}

const [C0, C1, C2] = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(
  fround,
);

function cosinePolynomial(square: number): number {
  const y = fround(fround(C0 * square + C1) * square + C2);
  return fround(fround(fround(y * square) * square - square * 0.5) + 1);
}
