/**
 * PyTorch's random permutation, one element at a time. `torch.randperm` swaps element i with a later one and never
 * touches it again, so nothing forces it to run to the end first: a long pass over 20 million windows would block the
 * event loop for a second, and a short one would fill 80 MB for a few batches.
 */
import { UserError } from "../errors.ts";
import { Engine } from "../random/engine.ts";

// From here on PyTorch shuffles in another way, from the first element backwards, which cannot be done lazily.
const maxLength = Math.floor((2 ** 32 - 1) / 20) - 1;

/** Yields the numbers 0 to `length` - 1 in the order of `torch.randperm` under `seed`. */
export class ShuffledOrder {
  readonly #engine: Engine;
  // Element XOR index, so that zeros, which cost nothing until written, mean "still in its place".
  readonly #moved: Uint32Array;
  #position = 0;

  constructor(length: number, seed: number) {
    if (length > maxLength) {
      throw new UserError(
        `shuffle: expected at most ${maxLength} windows, got ${length}. Raise the stride or do not shuffle.`,
      );
    }
    this.#engine = new Engine(seed);
    this.#moved = new Uint32Array(length);
  }

  /** The next element; call it no more than `length` times. */
  next(): number {
    const moved = this.#moved;
    const i = this.#position++;
    const remaining = moved.length - i;
    if (remaining === 1) return moved[i] ^ i; // the last one is left over, nothing is drawn
    const other = i + (this.#engine.next32() % remaining);
    const element = moved[other] ^ other;
    moved[other] = moved[i] ^ i ^ other;
    return element >>> 0;
  }
}
