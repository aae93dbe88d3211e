import { UserError } from "../errors.ts";
import type { Shape, Tensor } from "../graph/index.ts";
import { dropout, dropoutFactor } from "../ops/index.ts";
import type { ForwardOptions } from "./forward-options.ts";

/** Zeroes elements at random, with PyTorch's draws, when a generator is passed down; `torch.nn.Dropout`. */
export class Dropout {
  /** Share of elements zeroed, 0 to 1. */
  readonly rate: number;

  constructor(rate: number) {
    if (!(rate >= 0 && rate <= 1)) {
      throw new UserError(`dropout: expected a rate from 0 to 1, got ${rate}.`);
    }
    this.rate = rate;
  }

  forward(x: Tensor, { generator }: ForwardOptions): Tensor {
    return generator ? dropout(x, this.rate, generator) : x;
  }

  /** What this layer multiplies a tensor of `shape` with; nothing when evaluating, or at rate 0. */
  factor(shape: Shape, { generator }: ForwardOptions): Tensor | undefined {
    return generator && this.rate > 0 ? dropoutFactor(shape, this.rate, generator) : undefined;
  }
}
