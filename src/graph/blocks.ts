/**
 * @file Numbers stored in few bits: blocks of 32 along the last axis share a scale, and each number is a small integer.
 * The grids are those of llama.cpp's Q8_0 and Q4_0, scales rounded to float16 included, so that its files hold the same numbers.
 */
import { UserError } from "../errors.ts";

export type Bits = 4 | 8;

/** Numbers of a matrix, block after block in row-major order; number i is `(quant_i − 2^(bits − 1)) · scale`. */
export interface Blocks {
  readonly bits: Bits;
  /** 8 bits: a byte for each number. 4 bits: two in a byte, the earlier in its lower half. */
  readonly quants: Uint8Array;
  /** One for each block. */
  readonly scales: Float32Array;
}

/** Numbers that share a scale. */
export const blockLength = 32;

/** The numbers in blocks; a whole number of blocks. */
export function toBlocks(data: Float32Array, bits: Bits): Blocks {
  if (data.length % blockLength !== 0) {
    throw new UserError(
      `quantize: expected a multiple of ${blockLength} numbers, got ${data.length}.`,
    );
  }
  const blocks: Blocks = {
    bits,
    quants: new Uint8Array((data.length * bits) / 8),
    scales: new Float32Array(data.length / blockLength),
  };
  (bits === 8 ? writeBytes : writeHalves)(data, blocks);
  return blocks;
}

/** The numbers that blocks stand for, all or those from `start` up to `end`. */
export function fromBlocks(
  { bits, quants, scales }: Blocks,
  start = 0,
  end = (quants.length * 8) / bits,
): Float32Array {
  const numbers = new Float32Array(end - start);
  for (let i = 0, at = start; at < end; i++, at++) {
    const quant = bits === 8 ? quants[at] - 128 : ((quants[at >> 1] >> ((at & 1) << 2)) & 15) - 8;
    numbers[i] = quant * scales[at >> 5];
  }
  return numbers;
}

const sizeMask = 0x7fffffff; // a float32 without its sign; as integers, sizes are in the same order

/** The number farthest from zero becomes ±127. Sizes are compared, and signs put back, as integers: half the time of floats. */
function writeBytes(data: Float32Array, { quants, scales }: Blocks): void {
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
  for (let block = 0, at = 0; block < scales.length; block++) {
    const end = at + blockLength;
    let farthest = at;
    for (let i = at + 1; i < end; i++) {
      if ((bits[i] & sizeMask) > (bits[farthest] & sizeMask)) farthest = i;
    }
    const scale = Math.fround(Math.abs(data[farthest]) / 127);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    scales[block] = asFloat16(scale);
    // a tie goes away from zero
    for (; at < end; at++) {
      const size = (Math.abs(Math.fround(data[at] * inverse)) + 0.5) | 0;
      const sign = bits[at] >> 31; // 0, or −1 for a negative number
      quants[at] = 128 + (size ^ sign) - sign;
    }
  }
}

/** The number farthest from zero becomes −8, so its sign is the opposite of the scale's. */
function writeHalves(data: Float32Array, { quants, scales }: Blocks): void {
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
  for (let block = 0, at = 0; block < scales.length; block++) {
    const end = at + blockLength;
    let farthest = at;
    for (let i = at + 1; i < end; i++) {
      if ((bits[i] & sizeMask) > (bits[farthest] & sizeMask)) farthest = i;
    }
    const scale = Math.fround(data[farthest] / -8);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    scales[block] = asFloat16(scale);
    for (; at < end; at += 2) {
      const low = (Math.fround(data[at] * inverse) + 8.5) | 0;
      const high = (Math.fround(data[at + 1] * inverse) + 8.5) | 0;
      quants[at >> 1] = (low > 15 ? 15 : low) | ((high > 15 ? 15 : high) << 4);
    }
  }
}

const smallestNormal = 2 ** -14;
const smallestStep = 2 ** -24;

/** The nearest float16. */
function asFloat16(x: number): number {
  if (Math.abs(x) < smallestNormal) {
    const steps = x / smallestStep;
    const floor = Math.floor(steps);
    const isUp = steps - floor > 0.5 || (steps - floor === 0.5 && floor % 2 !== 0);
    return (floor + Number(isUp)) * smallestStep;
  }
  const shifted = x * (2 ** 42 + 1); // a double has 53 bits, 42 more than a float16
  return shifted - (shifted - x);
}
