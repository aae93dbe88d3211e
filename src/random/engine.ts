/**
 * @file The MT19937 engine (Matsumoto and Nishimura, 1998) as PyTorch's CPU generator drives it, and its saved
 * state in the byte layout of `torch.get_rng_state()`.
 */

import { UserError } from "../errors.ts";
import { stateLength } from "./twister-kernels.ts";

const N = stateLength;
const M = 397;

/** Bytes of a saved state, the size of `torch.get_rng_state()`. */
const stateBytes = 5056;
const offsets = {
  seed: 0,
  left: 8,
  seeded: 12,
  next: 16,
  words: 24,
  normal: 5024,
  hasNormal: 5040,
};

/** The source of random bits, together with the one normal value that Box-Muller leaves over. */
export class Engine {
  /** Second half of the last pair of float64 normals, or none; it outlives the call that made it. */
  cachedNormal: number | undefined;

  /** The words of a block as they are before tempering; `position` is the next of them. */
  readonly words = new Uint32Array(N);
  position = N;
  private readonly tempered = new Uint32Array(N);
  private initialSeed = 0n;

  constructor(seed: number | bigint) {
    this.seed(seed);
  }

  /** Starts the stream anew; only the low 32 bits of `seed` matter, negative seeds wrap at 2^64. */
  seed(seed: number | bigint): void {
    if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
      throw new UserError(
        `seed: expected a whole number below 2^53, got ${seed}. Choose one such as 123.`,
      );
    }
    this.initialSeed = BigInt.asUintN(64, BigInt(seed));
    const words = this.words;
    words[0] = Number(BigInt.asUintN(32, this.initialSeed));
    for (let i = 1; i < N; i++) {
      words[i] = Math.imul(words[i - 1] ^ (words[i - 1] >>> 30), 1812433253) + i;
    }
    this.position = N;
    this.cachedNormal = undefined;
  }

  /** The next 32 random bits, as an integer from 0 to 2^32 - 1. */
  next32(): number {
    if (this.position === N) this.refill();
    return this.tempered[this.position++];
  }

  /** The low 53 of the next 64 random bits, as an integer from 0 to 2^53 - 1. */
  next53(): number {
    const high = this.next32() & 0x1fffff;
    return high * 2 ** 32 + this.next32();
  }

  /** Goes on at a place of this state, or of another which is copied. */
  moveTo(position: number, state?: Uint32Array): void {
    this.position = position;
    if (!state) return;
    this.words.set(state);
    this.temper();
  }

  /** The next 64 random bits, the first word on top, as an integer from 0 to 2^64 - 1. */
  next64(): bigint {
    const high = BigInt(this.next32());
    return (high << 32n) | BigInt(this.next32());
  }

  /** Everything that decides the rest of the stream, as the bytes `torch.get_rng_state()` would hold. */
  state(): Uint8Array {
    const view = new DataView(new ArrayBuffer(stateBytes));
    view.setBigUint64(offsets.seed, this.initialSeed, true);
    view.setInt32(offsets.left, N + 1 - this.position, true);
    view.setInt32(offsets.seeded, 1, true);
    view.setUint32(offsets.next, this.position, true);
    for (let i = 0; i < N; i++) view.setUint32(offsets.words + 8 * i, this.words[i], true);
    if (this.cachedNormal !== undefined) {
      view.setFloat64(offsets.normal, this.cachedNormal, true);
      view.setInt32(offsets.hasNormal, 1, true);
    }
    return new Uint8Array(view.buffer);
  }

  /** Continues the stream whose `state()` this was; throws a UserError when the bytes cannot be one. */
  restore(state: Uint8Array): void {
    const view = new DataView(state.buffer, state.byteOffset, state.byteLength);
    const left = state.length === stateBytes ? view.getInt32(offsets.left, true) : 0;
    if (left < 1 || left > N) {
      throw new UserError(
        `random state: expected ${stateBytes} bytes as written by a generator, got ${state.length} ` +
          `that are not. The checkpoint is damaged; use another one.`,
      );
    }
    this.initialSeed = view.getBigUint64(offsets.seed, true);
    for (let i = 0; i < N; i++) this.words[i] = view.getUint32(offsets.words + 8 * i, true);
    this.temper();
    this.position = N + 1 - left;
    const hasNormal = view.getInt32(offsets.hasNormal, true) !== 0;
    this.cachedNormal = hasNormal ? view.getFloat64(offsets.normal, true) : undefined;
  }

  private refill(): void {
    this.advance();
    this.temper();
    this.position = 0;
  }

  /** Advances all 624 words at once: a block at a time is several times faster than word by word. */
  private advance(): void {
    const words = this.words;
    let word = words[0];
    for (let i = 0; i < N - M; i++) {
      const next = words[i + 1];
      words[i] = words[i + M] ^ twist(word, next);
      word = next;
    }
    for (let i = N - M; i < N - 1; i++) {
      const next = words[i + 1];
      words[i] = words[i + M - N] ^ twist(word, next);
      word = next;
    }
    words[N - 1] = words[M - 1] ^ twist(word, words[0]);
  }

  /** To be called after `words` have changed, before anything else is drawn. */
  private temper(): void {
    const { words, tempered } = this;
    for (let i = 0; i < N; i++) tempered[i] = temper(words[i]);
  }
}

/** What a word of the state is as a random number; a signed one, as bits. */
export function temper(word: number): number {
  let y = word;
  y ^= y >>> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return y ^ (y >>> 18);
}

function twist(upper: number, lower: number): number {
  const mixed = (upper & 0x80000000) | (lower & 0x7fffffff);
  return (mixed >>> 1) ^ (-(lower & 1) & 0x9908b0df);
}
