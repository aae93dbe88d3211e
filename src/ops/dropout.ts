/** @file Dropout (https://jmlr.org/papers/v15/srivastava14a.html) with PyTorch's random numbers. */
import { UserError } from "../errors.ts";
import { draw } from "../graph/index.ts";
import type { Shape, Tensor } from "../graph/index.ts";
import { dropoutMask } from "../random/index.ts";
import type { Generator } from "../random/index.ts";
import { mul } from "./elementwise.ts";

/** Zeroes each element with probability `rate` and scales the rest by 1/(1 − rate). */
export function dropout(x: Tensor, rate: number, generator: Generator): Tensor {
  return rate === 0 ? x : mul(x, dropoutFactor(x.shape, rate, generator));
}

/** What dropout multiplies with: 0 with probability `rate`, else 1/(1 − rate). */
export function dropoutFactor(shape: Shape, rate: number, generator: Generator): Tensor {
  if (!(rate >= 0 && rate <= 1)) {
    throw new UserError(`dropout: expected a rate from 0 to 1, got ${rate}.`);
  }
  return draw(shape, "dropout", (out) => dropoutMask(generator, out, rate));
}
