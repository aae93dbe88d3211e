/**
 * @file GGUF's "K" formats: 256 numbers in groups, each group with a small integer scale (and minimum) of its own, which
 * a float16 scale of the whole block multiplies. Read only.
 */
import { float16Values } from "../float16.ts";
import type { BlockFormat } from "./block-format.ts";

const n = 256;

/** 4 bits, groups of 32: d, dmin, 12 bytes of scales and minimums, 128 bytes of two. */
export const q4_k: BlockFormat = withMinimums(12, 4);

/** 5 bits: as Q4_K, with 32 bytes of fifth bits before the 128. */
export const q5_k: BlockFormat = withMinimums(13, 5);

// 64 numbers at a time share 32 bytes: their low halves are the first group, their high halves the second.
function withMinimums(id: number, bits: 4 | 5): BlockFormat {
  const highStart = 16;
  const lowStart = highStart + (bits === 5 ? 32 : 0);
  const blockBytes = lowStart + 128;
  const scales = new Uint8Array(8);
  const minimums = new Uint8Array(8);
  const decode: BlockFormat["decode"] = (bytes, target) => {
    const floats = float16Values();
    for (let at = 0, to = 0; to < target.length; at += blockBytes, to += n) {
      const d = floats[bytes[at] | (bytes[at + 1] << 8)];
      const dmin = floats[bytes[at + 2] | (bytes[at + 3] << 8)];
      readSixBits(bytes, at + 4, { scales, minimums });
      for (let group = 0; group < 8; group++) {
        const scale = d * scales[group];
        const minimum = dmin * minimums[group];
        const low = at + lowStart + 32 * (group >> 1);
        const shift = 4 * (group & 1);
        for (let i = 0; i < 32; i++) {
          const fifth = bits === 5 ? ((bytes[at + highStart + i] >> group) & 1) << 4 : 0;
          target[to + 32 * group + i] =
            scale * (((bytes[low + i] >> shift) & 15) | fifth) - minimum;
        }
      }
    }
  };
  return { id, blockLength: n, blockBytes, decode };
}

/**
 * Eight scales and eight minimums of six bits in 12 bytes. The first four of each lie in the low six bits of bytes 0–3
 * and 4–7; of the last four, bytes 8–11 hold the low halves, and the two bits left over in bytes 0–7 the rest.
 */
function readSixBits(
  bytes: Uint8Array,
  at: number,
  { scales, minimums }: { readonly scales: Uint8Array; readonly minimums: Uint8Array },
): void {
  for (let i = 0; i < 4; i++) {
    const [scale, minimum, low] = [bytes[at + i], bytes[at + 4 + i], bytes[at + 8 + i]];
    scales[i] = scale & 63;
    minimums[i] = minimum & 63;
    scales[4 + i] = (low & 15) | ((scale >> 6) << 4);
    minimums[4 + i] = (low >> 4) | ((minimum >> 6) << 4);
  }
}

/** 6 bits, symmetric, groups of 16: 128 bytes of low halves, 64 of two bits, 16 signed scales, d. */
export const q6_k: BlockFormat = {
  id: 14,
  blockLength: n,
  blockBytes: 210,

  decode(bytes, target) {
    const floats = float16Values();
    for (let at = 0, to = 0; to < target.length; at += 210, to += n) {
      const d = floats[bytes[at + 208] | (bytes[at + 209] << 8)];
      for (let i = 0; i < n; i++) {
        // Of 128 numbers, 64 bytes hold the low halves (first and last 64) and 32 bytes the high bits (four times 32).
        const [part, within] = [i >> 7, i & 127];
        const low = bytes[at + 64 * part + (within & 63)] >> (4 * (within >> 6));
        const high = bytes[at + 128 + 32 * part + (within & 31)] >> (2 * (within >> 5));
        const scale = d * ((bytes[at + 192 + (i >> 4)] << 24) >> 24);
        target[to + i] = scale * (((low & 15) | ((high & 3) << 4)) - 32);
      }
    }
  },
};
