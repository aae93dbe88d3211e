/** The floating formats of weight files as float32. Every float16 and bfloat16 is exact; float64 is rounded to nearest. */
import { float16Values } from "./float16.ts";
import type { StoredDtype } from "./safetensors-header.ts";

/** Writes little-endian `bytes` of `dtype`, at a multiple of its element size, into `target` as float32, one element each. */
export type Widening = (bytes: Uint8Array<ArrayBuffer>, target: Float32Array) => void;

/** How each floating dtype becomes float32; a dtype that is missing here holds no floating numbers. */
export const wideningOf = {
  F32: (bytes, target) =>
    target.set(new Float32Array(bytes.buffer, bytes.byteOffset, target.length)),
  F64: (bytes, target) =>
    target.set(new Float64Array(bytes.buffer, bytes.byteOffset, target.length)),
  BF16: widenBfloat16,
  F16: widenFloat16,
} as const satisfies { readonly [dtype in StoredDtype]?: Widening };

/** A dtype that holds floating numbers. */
export type FloatDtype = keyof typeof wideningOf;

/** Whether `dtype` holds floating numbers. */
export function isFloatDtype(dtype: string): dtype is FloatDtype {
  return Object.hasOwn(wideningOf, dtype);
}

// bfloat16 is the upper half of a float32.
function widenBfloat16(bytes: Uint8Array<ArrayBuffer>, target: Float32Array): void {
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, target.length);
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
}

function widenFloat16(bytes: Uint8Array<ArrayBuffer>, target: Float32Array): void {
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, target.length);
  const values = float16Values();
  for (let i = 0; i < halves.length; i++) target[i] = values[halves[i]];
}
