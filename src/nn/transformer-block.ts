import type { Tensor } from "../graph/index.ts";
import { add } from "../ops/index.ts";
import { Dropout } from "./dropout.ts";
import { FeedForward } from "./feed-forward.ts";
import type { ForwardOptions } from "./forward-options.ts";
import { LayerNorm } from "./layer-norm.ts";
import { MultiHeadAttention } from "./multi-head-attention.ts";

export interface TransformerBlockConfig {
  readonly embedDim: number;
  readonly numHeads: number;
  /** Of the attention weights and of both shortcuts, 0 to 1; default 0. */
  readonly dropoutRate?: number;
  /** Default false. */
  readonly hasQkvBias?: boolean;
}

/** Attention, then feed-forward, each with a norm before and a shortcut around: `(B, T, C) → (B, T, C)`. */
export class TransformerBlock {
  readonly attention: MultiHeadAttention;
  readonly feedForward: FeedForward;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly dropout: Dropout;

  constructor({ embedDim, ...config }: TransformerBlockConfig) {
    this.attention = new MultiHeadAttention({ inputDim: embedDim, outputDim: embedDim, ...config });
    this.feedForward = new FeedForward(embedDim);
    this.norm1 = new LayerNorm(embedDim);
    this.norm2 = new LayerNorm(embedDim);
    this.dropout = new Dropout(config.dropoutRate ?? 0);
  }

  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    const mixed = this.attention.forward(this.norm1.forward(x), options);
    x = add(x, this.dropout.forward(mixed, options));
    const thought = this.feedForward.forward(this.norm2.forward(x));
    return add(x, this.dropout.forward(thought, options));
  }
}
