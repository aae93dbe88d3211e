/**
 * @file GGUF's simple quantised formats: 32 numbers share a float16 scale d, some a float16 minimum m as well; each
 * number is a small integer q. Symmetric formats mean d · (q − offset), the others d · q + m. Of a byte with two
 * integers, the low half belongs to the block's first 16 numbers, the high half to its last 16.
 */
import { float16Bits, float16Values } from "../float16.ts";
import type { BlockFormat, WritableFormat } from "./block-format.ts";

const n = 32;
const half = n / 2;

/** 8 bits: d, then 32 signed bytes. */
export const q8_0: WritableFormat = {
  id: 8,
  blockLength: n,
  blockBytes: 34,

  decode(bytes, target) {
    const floats = float16Values();
    for (let at = 0, to = 0; to < target.length; at += 34, to += n) {
      const d = floats[bytes[at] | (bytes[at + 1] << 8)];
      for (let i = 0; i < n; i++) target[to + i] = d * ((bytes[at + 2 + i] << 24) >> 24);
    }
  },

  encode(values, bytes) {
    for (let from = 0, at = 0; from < values.length; from += n, at += 34) {
      let largest = 0;
      for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(values[from + i]));
      const d = Math.fround(largest / 127);
      const inverse = d === 0 ? 0 : Math.fround(1 / d);
      writeFloat16(bytes, at, d);
      for (let i = 0; i < n; i++) {
        const scaled = Math.fround(values[from + i] * inverse);
        bytes[at + 2 + i] = scaled < 0 ? -Math.floor(0.5 - scaled) : Math.floor(scaled + 0.5); // ties away from zero
      }
    }
  },
};

/** 4 bits, symmetric: d, then 16 bytes of two. */
export const q4_0: WritableFormat = {
  ...fewBits({ id: 2, bits: 4, hasMinimum: false }),

  encode(values, bytes) {
    for (let from = 0, at = 0; from < values.length; from += n, at += 18) {
      // The number farthest from zero becomes exactly −8, so its sign decides that of the scale.
      const d = Math.fround(farthest(values, from) / -8);
      const inverse = d === 0 ? 0 : Math.fround(1 / d);
      writeFloat16(bytes, at, d);
      const quantized = (value: number) =>
        Math.min(15, Math.trunc(Math.fround(Math.fround(value * inverse) + 8.5)));
      for (let i = 0; i < half; i++) {
        bytes[at + 2 + i] = quantized(values[from + i]) | (quantized(values[from + half + i]) << 4);
      }
    }
  },
};

/** 4 bits with a minimum: d, m, then 16 bytes of two. */
export const q4_1: BlockFormat = fewBits({ id: 3, bits: 4, hasMinimum: true });

/** 5 bits, symmetric: d, the 32 highest bits, then 16 bytes of two times four bits. */
export const q5_0: BlockFormat = fewBits({ id: 6, bits: 5, hasMinimum: false });

/** 5 bits with a minimum. */
export const q5_1: BlockFormat = fewBits({ id: 7, bits: 5, hasMinimum: true });

interface FewBits {
  readonly id: number;
  readonly bits: 4 | 5;
  readonly hasMinimum: boolean;
}

function fewBits({ id, bits, hasMinimum }: FewBits): BlockFormat {
  const highStart = hasMinimum ? 4 : 2;
  const lowStart = highStart + (bits === 5 ? 4 : 0);
  const blockBytes = lowStart + half;
  const offset = hasMinimum ? 0 : 1 << (bits - 1);
  const decode: BlockFormat["decode"] = (bytes, target) => {
    const floats = float16Values();
    for (let at = 0, to = 0; to < target.length; at += blockBytes, to += n) {
      const d = floats[bytes[at] | (bytes[at + 1] << 8)];
      const m = hasMinimum ? floats[bytes[at + 2] | (bytes[at + 3] << 8)] : -0; // x + −0 is x, zeros included
      const high = bits === 5 ? littleEndian32(bytes, at + highStart) : 0;
      for (let i = 0; i < half; i++) {
        const low = bytes[at + lowStart + i];
        const first = (low & 15) | (((high >>> i) & 1) << 4);
        const last = (low >> 4) | (((high >>> (half + i)) & 1) << 4);
        target[to + i] = d * (first - offset) + m;
        target[to + half + i] = d * (last - offset) + m;
      }
    }
  };
  return { id, blockLength: n, blockBytes, decode };
}

/** The first of the block's numbers whose distance from zero is the largest. */
function farthest(values: Float32Array, from: number): number {
  let found = 0;
  for (let i = 0; i < n; i++) {
    if (Math.abs(values[from + i]) > Math.abs(found)) found = values[from + i];
  }
  return found;
}

function writeFloat16(bytes: Uint8Array, at: number, value: number): void {
  const bits = float16Bits(value);
  bytes[at] = bits;
  bytes[at + 1] = bits >> 8;
}

function littleEndian32(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}
