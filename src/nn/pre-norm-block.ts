import type { Tensor } from "../graph/index.ts";
import { add } from "../ops/index.ts";
import type { ForwardOptions } from "./forward-options.ts";
import { RmsNorm } from "./rms-norm.ts";

/** Part of a block: `(B, T, C) → (B, T, C)`. */
interface Part {
  forward(x: Tensor, options?: ForwardOptions): Tensor;
}

export interface PreNormBlockParts<A extends Part, F extends Part> {
  readonly attention: A;
  readonly feedForward: F;
  readonly embedDim: number;
  /** Of the norms; default 1e-6. */
  readonly epsilon?: number;
}

/** Attention, then feed-forward, each with an RMS norm before and a shortcut around: `(B, T, C) → (B, T, C)`. */
export class PreNormBlock<A extends Part, F extends Part> {
  readonly norm1: RmsNorm;
  readonly attention: A;
  readonly norm2: RmsNorm;
  readonly feedForward: F;

  constructor({ attention, feedForward, embedDim, epsilon = 1e-6 }: PreNormBlockParts<A, F>) {
    this.norm1 = new RmsNorm(embedDim, { epsilon });
    this.attention = attention;
    this.norm2 = new RmsNorm(embedDim, { epsilon });
    this.feedForward = feedForward;
  }

  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    x = add(x, this.attention.forward(this.norm1.forward(x), options));
    return add(x, this.feedForward.forward(this.norm2.forward(x), options));
  }
}
