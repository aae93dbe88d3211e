/** Sliding windows over tokens: what a model sees, and what it should have said, one token later. */
import { UserError } from "../errors.ts";
import { positiveInteger } from "./positive-integer.ts";
import type { TokenSource } from "./token-source.ts";

export interface WindowOptions {
  /** Tokens the model sees at once, T. */
  readonly blockSize: number;
  /** Tokens from the start of one window to the start of the next (default: `blockSize`, so that none overlap). */
  readonly stride?: number;
}

/** Windows by number; as many as `range(0, length - blockSize, stride)` has elements, as the book counts them. */
export class Windows {
  readonly blockSize: number;
  readonly stride: number;
  /** Number of windows. */
  readonly length: number;
  readonly #tokens: TokenSource;
  readonly #buffer: Int32Array; // a window and the token after it

  constructor(tokens: TokenSource, { blockSize, stride = blockSize }: WindowOptions) {
    positiveInteger("blockSize", blockSize);
    positiveInteger("stride", stride);
    if (tokens.length <= blockSize) throw tooShort("windows", tokens.length, blockSize);
    this.blockSize = blockSize;
    this.stride = stride;
    this.length = Math.ceil((tokens.length - blockSize) / stride);
    this.#tokens = tokens;
    this.#buffer = new Int32Array(blockSize + 1);
  }

  /** Copies window `index` to the front of `inputs`, and what follows each of its tokens to `targets`; both `(T)`. */
  read(index: number, inputs: Int32Array, targets: Int32Array): void {
    const { blockSize } = this;
    this.#tokens.read(index * this.stride, blockSize + 1, this.#buffer);
    inputs.set(this.#buffer.subarray(0, blockSize));
    targets.set(this.#buffer.subarray(1));
  }
}

/** The error for text that holds no window. */
export function tooShort(what: string, got: number, blockSize: number): UserError {
  return new UserError(
    `${what}: expected at least ${blockSize + 1} tokens (blockSize ${blockSize} and the one after), got ${got}. ` +
      `Use more text or a smaller blockSize.`,
  );
}
