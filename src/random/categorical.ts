/**
 * @file Drawing from logits. The largest `logit − ln e` wins, e an exponential variable of each outcome's own. Since e is never
 * below the uniform number u that it is made of, the leading zeros of u tell for nearly all that they cannot win, and neither
 * they nor missing outcomes cost a logarithm; the stream moves as far as PyTorch's does.
 */
import { temper } from "./engine.ts";
import type { Engine } from "./engine.ts";

export interface Outcomes {
  /** Where each logit stands in the whole distribution, ascending; without it, logit i is outcome i. */
  readonly ids?: ArrayLike<number>;
  /** Outcomes of the whole distribution; the number of logits unless said. */
  readonly total?: number;
  /** What logits are divided by; 1 unless said. */
  readonly temperature?: number;
}

/**
 * Draws an outcome in proportion to exp(logit / temperature): what `torch.multinomial(softmax(logits / temperature), 1)` draws
 * where outcomes without a logit have probability 0.
 */
export function categorical(
  engine: Engine,
  logits: Float32Array,
  { ids, total = logits.length, temperature = 1 }: Outcomes = {},
): number {
  const race = new Race(logits, temperature);
  if (ids) runFew(engine, race, ids);
  else runAll(engine, race);
  const numRun = ids ? ids[logits.length - 1] + 1 : logits.length;
  engine.skip(2 * (total - numRun));
  if (race.winner < 0) {
    throw new RangeError(`categorical: expected a logit above -Infinity, got none of ${total}`);
  }
  return ids ? ids[race.winner] : race.winner;
}

class Race {
  readonly logits: Float32Array;
  readonly temperature: number;
  /** The index of the logit that leads. */
  winner = -1;
  best = -Infinity;

  constructor(logits: Float32Array, temperature: number) {
    this.logits = logits;
    this.temperature = temperature;
  }

  /** Below this, a logit loses when the random number is at least 1/2; each leading zero lowers it by ln 2 of the temperature. */
  get threshold(): number {
    const bound = this.best * this.temperature;
    return bound - Math.abs(bound) * 1e-6; // the quotient is rounded to float32
  }

  /** Lets outcome `i` run with 53 random bits. */
  run(i: number, high: number, low: number): void {
    const e = Math.fround(-Math.log1p(-((high * 2 ** 32 + low) * 2 ** -53))); // as PyTorch makes it, in float32
    const score = Math.fround(this.logits[i] / this.temperature) - Math.log(e);
    if (!(score > this.best)) return;
    this.best = score;
    this.winner = i;
  }
}

const lowBits = 0x1fffff;

/** All outcomes run, a block of random words at a time; most are passed over after half of their bits. */
function runAll(engine: Engine, race: Race): void {
  const { logits, temperature } = race;
  const { words } = engine;
  const zero = Math.LN2 * temperature;
  const n = logits.length;
  let { threshold } = race;
  let hasAdvanced = false;
  for (let i = 0; i < n;) {
    if (engine.position >= words.length) {
      engine.advance();
      hasAdvanced = true;
      engine.position = 0;
    }
    const end = Math.min(n, i + ((words.length - engine.position) >> 1));
    let at = engine.position;
    for (; i < end; i++, at += 2) {
      const high = temper(words[at]) & lowBits;
      // u ≥ 2^-zeros, with the first of 21 bits set where there is no leading zero
      if (high !== 0 && logits[i] + (Math.clz32(high) - 10) * zero <= threshold) continue;
      race.run(i, high, temper(words[at + 1]) >>> 0);
      threshold = race.threshold;
    }
    engine.position = at;
    if (i === n || at === words.length) continue;
    const high = temper(words[at]) & lowBits; // the last word of a block, and the first of the next
    engine.advance();
    hasAdvanced = true;
    race.run(i++, high, temper(words[0]) >>> 0);
    threshold = race.threshold;
    engine.position = 1;
  }
  if (hasAdvanced) engine.temper();
}

/** Some of the outcomes run; the random words of the others are passed over. */
function runFew(engine: Engine, race: Race, ids: ArrayLike<number>): void {
  const { logits, temperature } = race;
  const zero = Math.LN2 * temperature;
  let { threshold } = race;
  let passed = 0;
  for (let i = 0; i < logits.length; i++) {
    if (ids[i] > passed) engine.skip(2 * (ids[i] - passed));
    passed = ids[i] + 1;
    const high = engine.next32() & lowBits;
    const low = engine.next32();
    if (high !== 0 && logits[i] + (Math.clz32(high) - 10) * zero <= threshold) continue;
    race.run(i, high, low);
    threshold = race.threshold;
  }
}
