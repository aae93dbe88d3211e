/** @file float32 as the smaller floating formats of weight files, rounded to nearest, ties to even. */
import { narrowBits } from "./float16.ts";

/** Writes float32 numbers as little-endian bytes into `target`, which begins at a multiple of the element's size. */
export type Narrowing = (values: Float32Array, target: Uint8Array) => void;

/** How float32 becomes each floating dtype that is written. */
export const narrowingOf = {
  F32: (values, target) => target.set(bytesOf(values)),
  F16: (values, target) => narrow(values, target, narrowBits),
  BF16: (values, target) => narrow(values, target, bfloat16Bits),
} as const satisfies Record<string, Narrowing>;

/** A floating dtype that numbers can be written in. */
export type WritableFloat = keyof typeof narrowingOf;

// What is cut off is added to first, so that more than a half carries, and a half where the last bit kept is 1.
function bfloat16Bits(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40; // NaN, which must not become infinity
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function narrow(values: Float32Array, target: Uint8Array, halfOf: (bits: number) => number): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(target.buffer, target.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) halves[i] = halfOf(bits[i]);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
