import type { Engine } from "./engine.ts";

export interface Outcomes {
  /** Where each logit stands in the whole distribution, ascending; without it, logit i is outcome i. */
  readonly ids?: ArrayLike<number>;
  /** Outcomes of the whole distribution; the number of logits unless said. */
  readonly total?: number;
}

/**
 * Draws an outcome in proportion to exp(logit): what `torch.multinomial(softmax(logits), 1)` draws where outcomes without a
 * logit have probability 0. The largest `logit − ln e` wins, e an exponential variable of the outcome's own. Since e is never
 * below the uniform number u that it is made of, the leading zeros of u tell for nearly all that they cannot win, and neither
 * they nor missing outcomes cost a logarithm. The stream moves as far as PyTorch's does.
 */
export function categorical(
  engine: Engine,
  logits: Float32Array,
  { ids, total = logits.length }: Outcomes = {},
): number {
  let best = -Infinity;
  let winner = -1;
  let passed = 0; // outcomes whose random words are drawn
  for (let i = 0; i < logits.length; i++) {
    const id = ids ? ids[i] : i;
    if (id > passed) engine.skip(2 * (id - passed));
    passed = id + 1;
    const high = engine.next32() & 0x1fffff;
    const low = engine.next32();
    const logit = logits[i];
    if (high !== 0 && logit + (Math.clz32(high) - 10) * Math.LN2 <= best) continue; // u ≥ 2^-(clz - 10)
    const score = logit - Math.log(exponentialOf(high * 2 ** 32 + low));
    if (score > best) {
      best = score;
      winner = id;
    }
  }
  engine.skip(2 * (total - passed));
  if (winner < 0) {
    throw new RangeError(`categorical: expected a logit above -Infinity, got none of ${total}`);
  }
  return winner;
}

/** As PyTorch makes it of 53 random bits, in float32. */
function exponentialOf(bits: number): number {
  return Math.fround(-Math.log1p(-(bits * 2 ** -53)));
}
