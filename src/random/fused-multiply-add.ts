/**
 * @file `a * b + c` with one rounding, which JavaScript lacks and which PyTorch's vector code uses everywhere: about
 * half of all seeded weights would differ in their last bit without it.
 */

/** `a * b + c` of three float32 values, rounded once, to float32. */
export function fusedMultiplyAdd32(a: number, b: number, c: number): number {
  const product = a * b; // exact: 24 + 24 bits fit into 53
  const sum = product + c;
  const nearest = Math.fround(sum);
  const offset = sum - nearest;
  // Rounding twice goes wrong only where the float64 sum lies halfway between two float32 values, `nearest` and `other`.
  const other = nearest + 2 * offset;
  if (offset === 0 || Math.fround(other) !== other) return nearest;
  const lost = additionError(product, c, sum);
  if (lost === 0) return nearest; // truly halfway: fround took the even one, as it should
  return lost > 0 === offset > 0 ? other : nearest;
}

/**
 * `a * b + c` of three float64 values, rounded once (Boldo and Melquiond, 2008: add the small parts with rounding to
 * odd, then the large one). Values must stay clear of overflow and underflow.
 */
export function fusedMultiplyAdd64(a: number, b: number, c: number): number {
  const product = a * b;
  const productLow = productError(a, b, product);
  const middle = c + productLow;
  const middleLow = additionError(c, productLow, middle);
  const high = product + middle;
  const highLow = additionError(product, middle, high);
  return high + addRoundingToOdd(middleLow, highLow);
}

/** What the rounded `sum` of a and b lost: `sum + lost` is exact (Knuth's two-sum). */
function additionError(a: number, b: number, sum: number): number {
  const addedToA = sum - a;
  return a - (sum - addedToA) + (b - addedToA);
}

/** What the rounded `product` of a and b lost (Dekker's product). */
function productError(a: number, b: number, product: number): number {
  const aHigh = upperHalf(a);
  const bHigh = upperHalf(b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** The upper 26 bits of a float64 (Veltkamp's split). */
function upperHalf(value: number): number {
  const scaled = value * (2 ** 27 + 1);
  return scaled - (scaled - value);
}

const double = new Float64Array(1);
const doubleBits = new BigInt64Array(double.buffer);

function addRoundingToOdd(a: number, b: number): number {
  const sum = a + b;
  const lost = additionError(a, b, sum);
  if (lost === 0) return sum;
  double[0] = sum;
  if ((doubleBits[0] & 1n) === 0n) doubleBits[0] += lost > 0 === sum > 0 ? 1n : -1n;
  return double[0];
}
