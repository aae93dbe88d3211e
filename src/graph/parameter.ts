/** @file A parameter: a leaf with a name, numbers that training changes, and a version that counts the changes. */
import { UserError } from "../errors.ts";
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
  /** Position in the order of creation, which is the order in which a seed is spent. */
  readonly ordinal = created++;
  #data: Float32Array | undefined;

  constructor(shape: Shape) {
    super({ shape, dtype: "float32" });
  }

  get isInitialized(): boolean {
    return this.#data !== undefined;
  }

  get data(): Float32Array {
    if (this.#data) return this.#data;
    throw new UserError(
      `parameter "${this.name}": expected numbers, got none. Call initialize(model, generator) or load weights first.`,
    );
  }

  /** Takes over `data` as the parameter's numbers, without a copy. */
  assign(data: Float32Array): void {
    if (data.length !== this.size) {
      throw new UserError(
        `parameter "${this.name}": expected ${this.size} numbers for shape ${formatShape(this.shape)}, got ${data.length}.`,
      );
    }
    this.#data = data;
    this.version++;
  }

  /** Says that the numbers in `data` were changed in place. */
  touch(): void {
    this.version++;
  }
}
