import type { Engine } from "./engine.ts";

/** Fills `out` like `torch.randint(low, high, …)`: whole numbers from `low` to `high - 1`. */
export function randint(
  engine: Engine,
  out: Int32Array | Float32Array | Float64Array,
  low: number,
  high: number,
): void {
  const range = high - low;
  if (![low, high, range].every(Number.isSafeInteger) || range < 1) {
    throw new RangeError(`randint: expected whole numbers low < high, got ${low} and ${high}`);
  }
  for (let i = 0; i < out.length; i++) out[i] = low + below(engine, range);
}

/**
 * One or two words modulo `range`, so slightly biased towards small numbers, as PyTorch is. The border is that of
 * current releases; 1.x took one word up to 2^32.
 */
function below(engine: Engine, range: number): number {
  return range < 2 ** 28 ? engine.next32() % range : below64(engine, range);
}

function below64(engine: Engine, range: number): number {
  return Number(engine.next64() % BigInt(range));
}

/** From this length on, PyTorch finds 32 bits too biased and shuffles in another way. */
const longPermutation = Math.floor((2 ** 32 - 1) / 20);

/** The numbers 0 to n - 1 in random order, like `torch.randperm(n)`. */
export function permutation(engine: Engine, n: number): Uint32Array {
  const order = new Uint32Array(n);
  if (n >= longPermutation) return longShuffle(engine, order);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let i = 0; i < n - 1; i++) {
    const other = i + (engine.next32() % (n - i));
    const value = order[i];
    order[i] = order[other];
    order[other] = value;
  }
  return order;
}

function longShuffle(engine: Engine, order: Uint32Array): Uint32Array {
  for (let i = 0; i < order.length; i++) {
    const other = below64(engine, i + 1);
    order[i] = order[other];
    order[other] = i;
  }
  return order;
}
