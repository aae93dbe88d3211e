/** The floating formats of weight files as float32. Every float16 and bfloat16 is exact; float64 is rounded to nearest. */

import type { StoredDtype } from "./safetensors-header.ts";

/** Writes little-endian `bytes` of `dtype` into `target` as float32, one element each. */
export type Widening = (bytes: Uint8Array<ArrayBuffer>, target: Float32Array) => void;

/** How each floating dtype becomes float32; a dtype that is missing here holds no floating numbers. */
export const wideningOf: { readonly [dtype in StoredDtype]?: Widening } = {
  F32: (bytes, target) =>
    target.set(new Float32Array(bytes.buffer, bytes.byteOffset, target.length)),
  F64: (bytes, target) =>
    target.set(new Float64Array(bytes.buffer, bytes.byteOffset, target.length)),
  BF16: widenBfloat16,
  F16: widenFloat16,
};

// bfloat16 is the upper half of a float32.
function widenBfloat16(bytes: Uint8Array<ArrayBuffer>, target: Float32Array): void {
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, target.length);
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
}

function widenFloat16(bytes: Uint8Array<ArrayBuffer>, target: Float32Array): void {
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, target.length);
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < halves.length; i++) bits[i] = float32Bits(halves[i]);
}

// float16: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits; float32: 1, 8 (bias 127), 23.
function float32Bits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13); // infinity, NaN
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  const shift = Math.clz32(fraction) - 21; // moves the leading one of a subnormal to bit 10
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}
