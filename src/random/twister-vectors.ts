/** @file Many words of the generator at once, and the race of `categorical.ts` over them: `twister-kernels.ts` at work on one small memory. */
import { allocateMemory, instantiate } from "../wasm/index.ts";
import type { WasmExports } from "../wasm/index.ts";
import { extend, search, stateLength } from "./twister-kernels.ts";

/** States that are made at a time, behind the one they continue; what is worked on stays in the nearest cache. */
const mostStates = 6;

/** Logits that can be searched at a time: so many have their words in the states that are made. */
export const mostLogits = (mostStates * stateLength) / 2;

/** A stretch of the stream, which begins with a state. One call is over before the next begins, so all generators share it. */
export class TwisterVectors {
  /** The first state, then what `extend` has made. */
  readonly words: Uint32Array;
  /** Where logits are put to be searched. */
  readonly logits: Float32Array;
  readonly #extend: WasmExports[string];
  readonly #search: WasmExports[string];

  constructor() {
    const memory = allocateMemory(1);
    const numWords = (mostStates + 1) * stateLength;
    this.words = new Uint32Array(memory.buffer, 0, numWords);
    this.logits = new Float32Array(memory.buffer, 4 * numWords, mostLogits);
    const kernels = instantiate([extend, search], memory);
    [this.#extend, this.#search] = [kernels["extend"], kernels["search"]];
  }

  /** Makes `count` states behind the first, of which at most `mostStates` have room. */
  extend(count: number): void {
    this.#extend(0, 4 * stateLength * count);
  }

  /** Forgets the first `count` states. */
  forget(count: number): void {
    this.words.copyWithin(0, count * stateLength, (count + 1) * stateLength);
  }

  /**
   * The first of four logits, from `start` up to `end`, both multiples of 4, of which one may win; `end` if none may. Logit i
   * has words `position + 2 i` and the next. What `threshold` and `slope` are stands at the kernel.
   */
  search(start: number, end: number, position: number, threshold: number, slope: number): number {
    const { byteOffset } = this.logits;
    const [from, to] = [byteOffset + 4 * start, byteOffset + 4 * end];
    const found = this.#search(from, to, 4 * (position + 2 * start), threshold, slope)!;
    return (found - byteOffset) / 4;
  }
}

let shared: TwisterVectors | undefined;

/** The one memory of all generators. */
export function twisterVectors(): TwisterVectors {
  return (shared ??= new TwisterVectors());
}
