/** @file A parameter: a leaf with a name, numbers that training changes, and a version that counts the changes. */
import { UserError } from "../errors.ts";
import { blockLength, fromBlocks, toBlocks } from "./blocks.ts";
import type { Bits, Blocks } from "./blocks.ts";
import { formatShape, Tensor } from "./tensor.ts";
import type { Shape } from "./tensor.ts";

let created = 0;

/**
 * A float32 leaf that training changes. Its numbers are allocated when first set, so a model of any size can be
 * looked at for free. `name` is the property path in its model, given by `nameParameters`.
 */
export class Parameter extends Tensor {
  name = "";
  /** Bumped by each update: what was computed from older numbers is computed anew. */
  version = 0;
  /** Excluded from training. */
  frozen = false;
  /** In how many bits the numbers are stored from the next `assign` on; undefined: as float32. */
  bits: Bits | undefined;
  /** Position in the order of creation, which is the order in which a seed is spent. */
  readonly ordinal = created++;
  #stored: Float32Array | Blocks | undefined;

  constructor(shape: Shape) {
    super({ shape, dtype: "float32" });
  }

  get isInitialized(): boolean {
    return this.#stored !== undefined;
  }

  /** The numbers; of those that are stored in blocks a copy, made at each call. */
  get data(): Float32Array {
    const stored = this.#stored;
    if (stored) return stored instanceof Float32Array ? stored : fromBlocks(stored);
    throw new UserError(
      `parameter "${this.name}": expected numbers, got none. Call initialize(model, generator) or load weights first.`,
    );
  }

  /** The numbers as they are stored, where that is in blocks. */
  get blocks(): Blocks | undefined {
    return this.#stored instanceof Float32Array ? undefined : this.#stored;
  }

  /** Takes over `data` as the parameter's numbers, without a copy unless they are to be stored in blocks. */
  assign(data: Float32Array): void {
    this.#requireCount(data.length);
    this.#stored = this.bits ? toBlocks(data, this.bits) : data;
    this.version++;
  }

  /** Takes over numbers in blocks, without a copy. */
  assignBlocks(blocks: Blocks): void {
    this.#requireCount((blocks.quants.length * 8) / blocks.bits);
    if (this.shape.at(-1)! % blockLength !== 0) {
      throw new UserError(
        `parameter "${this.name}": expected rows of whole blocks of ${blockLength}, got shape ${formatShape(this.shape)}.`,
      );
    }
    this.#stored = blocks;
    this.version++;
  }

  /** Gives the numbers up, and their memory; who asks for them then is told that there are none. */
  discard(): void {
    this.#stored = undefined;
    this.version++;
  }

  /** Says that the numbers in `data` were changed in place. */
  touch(): void {
    this.version++;
  }

  #requireCount(count: number): void {
    if (count === this.size) return;
    throw new UserError(
      `parameter "${this.name}": expected ${this.size} numbers for shape ${formatShape(this.shape)}, got ${count}.`,
    );
  }
}
