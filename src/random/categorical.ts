/**
 * @file Drawing from logits. The largest `logit − ln e` wins, e an exponential variable of each outcome's own. Since e is never
 * below the uniform number u that it is made of, the leading zeros of u tell for nearly all that they cannot win, and neither
 * they nor missing outcomes cost a logarithm; the stream moves as far as PyTorch's does.
 */
import { temper } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { stateLength } from "./twister-kernels.ts";
import { mostLogits, twisterVectors } from "./twister-vectors.ts";
import type { TwisterVectors } from "./twister-vectors.ts";

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
  let numRun = 0;
  forEachStretch(engine, total, (stretch) => {
    if (ids) numRun = runFew(race, stretch, ids, numRun);
    else runAll(race, stretch);
  });
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

  /**
   * A logit with h as the first 21 of its 53 random bits loses unless `logit − temperature · ln 2 · (log2 h + 127)` is above
   * this: the uniform number u is at least h / 2^21.
   */
  get threshold(): number {
    const bound = this.best * this.temperature;
    const distance = 148 * Math.LN2 * this.temperature;
    return bound - distance - (Math.abs(bound) + distance) * 1e-6; // float32 rounds on the way here
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

/** Outcomes from `start` to `end`; the first has words `position` and `position + 1`, and so on. */
interface Stretch {
  readonly vectors: TwisterVectors;
  readonly start: number;
  readonly end: number;
  readonly position: number;
}

/** Passes over the two words of each of `total` outcomes, a stretch at a time. */
function forEachStretch(engine: Engine, total: number, run: (stretch: Stretch) => void): void {
  const vectors = twisterVectors();
  vectors.words.set(engine.words);
  let { position } = engine;
  let hasMoved = false;
  for (let start = 0; start < total; start += mostLogits) {
    const end = Math.min(start + mostLogits, total);
    const lastWord = position + 2 * (end - start);
    const numStates = Math.max(0, Math.ceil(lastWord / stateLength) - 1);
    vectors.extend(numStates);
    run({ vectors, start, end, position });
    vectors.forget(numStates);
    hasMoved ||= numStates > 0;
    position = lastWord - numStates * stateLength;
  }
  engine.moveTo(position, hasMoved ? vectors.words.subarray(0, stateLength) : undefined);
}

const lowBits = 0x1fffff;

/** All outcomes run, four at a time and most of them only by half of their bits. */
function runAll(race: Race, { vectors, start, end, position }: Stretch): void {
  const { words } = vectors;
  const slope = (Math.LN2 * race.temperature) / 2 ** 23;
  const count = end - start;
  const padded = Math.ceil(count / 4) * 4;
  vectors.logits.set(race.logits.subarray(start, end));
  vectors.logits.fill(-Infinity, count, padded);
  const next = (from: number) => vectors.search(from, padded, position, race.threshold, slope);
  for (let four = next(0); four < padded; four = next(four + 4)) {
    for (let i = four; i < Math.min(four + 4, count); i++) {
      const at = position + 2 * i;
      race.run(start + i, temper(words[at]) & lowBits, temper(words[at + 1]) >>> 0);
    }
  }
}

/** Some of the outcomes run, from `ids[first]` on; gives the first that lies beyond the stretch. */
function runFew(
  race: Race,
  { vectors, start, end, position }: Stretch,
  ids: ArrayLike<number>,
  first: number,
): number {
  const { words } = vectors;
  const { logits, temperature } = race;
  const slope = Math.LN2 * temperature;
  let { threshold } = race;
  let i = first;
  for (; i < logits.length && ids[i] < end; i++) {
    const at = position + 2 * (ids[i] - start);
    const high = temper(words[at]) & lowBits;
    const mayWin = logits[i] - slope * (158 - Math.clz32(high)) > threshold; // 31 + 127
    if (!mayWin && high !== 0) continue;
    race.run(i, high, temper(words[at + 1]) >>> 0);
    ({ threshold } = race);
  }
  return i;
}
