/** @file float16 (1 sign bit, 5 exponent bits with bias 15, 10 fraction bits) to and from float32, exactly or to nearest even. */

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

let table: Float32Array | undefined;

/** The float32 of every float16, at the index that is its bits; 256 kB, made when first asked for. */
export function float16Values(): Float32Array {
  if (table) return table;
  const values = new Float32Array(1 << 16);
  const bits = new Uint32Array(values.buffer);
  for (let half = 0; half < bits.length; half++) bits[half] = float32Bits(half);
  return (table = values);
}

// float32: 1 sign bit, 8 exponent bits with bias 127, 23 fraction bits.
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

/** Bits of the float16 nearest to `value` rounded to float32, ties to even; from 65,520 on it is infinity. */
export function float16Bits(value: number): number {
  scratch[0] = value;
  return narrowBits(scratchBits[0]);
}

/** Bits of the float16 nearest to the float32 of these bits, ties to even. */
export function narrowBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00; // NaN
  if (size >= 0x477ff000) return sign | 0x7c00; // 65,520 is half way between the largest float16 and what would follow
  if (size >= 0x38800000) {
    const biased = size - 0x38000000; // exponent bias 127 → 15
    return sign | ((biased + 0xfff + ((biased >> 13) & 1)) >> 13);
  }
  if (size <= 0x33000000) return sign; // up to half of the smallest subnormal
  return sign | subnormal(size);
}

function subnormal(size: number): number {
  const shift = 126 - (size >> 23);
  const fraction = (size & 0x7fffff) | 0x800000;
  const half = fraction >> shift;
  const rest = fraction & ((1 << shift) - 1);
  const tie = 1 << (shift - 1);
  return rest > tie || (rest === tie && half & 1) ? half + 1 : half;
}
