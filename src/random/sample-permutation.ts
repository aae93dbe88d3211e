import { Engine } from "./engine.ts";

/**
 * The numbers 0 to n - 1 in the order of `numpy.random.RandomState(seed).permutation(n)`; its first k are the rows that
 * pandas' `frame.sample(k, random_state=seed)` takes.
 */
export function samplePermutation(n: number, seed: number): Uint32Array {
  const engine = new Engine(seed);
  const order = new Uint32Array(n).map((_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const other = atMost(engine, i);
    const value = order[i];
    order[i] = order[other];
    order[other] = value;
  }
  return order;
}

/** A number from 0 to `max`, without bias: words cut to the bits of `max` are thrown away until one fits. */
function atMost(engine: Engine, max: number): number {
  const mask = 0xffffffff >>> Math.clz32(max);
  for (;;) {
    const value = (engine.next32() & mask) >>> 0;
    if (value <= max) return value;
  }
}
