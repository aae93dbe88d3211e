import type { Tensor } from "../graph/index.ts";
import { attention } from "../ops/index.ts";
import { Dropout } from "./dropout.ts";
import type { ForwardOptions } from "./forward-options.ts";
import { Linear } from "./linear.ts";

export interface AttentionConfig {
  /** Width of the input. */
  readonly inputDim: number;
  /** Width of the output. */
  readonly outputDim: number;
  /** Of the attention weights, 0 to 1; default 0. */
  readonly dropoutRate?: number;
  /** Default false. */
  readonly hasQkvBias?: boolean;
}

/** One head that sees no later token, with dropout on its weights: `(…, T, inputDim) → (…, T, outputDim)`. */
export class CausalAttention {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly dropout: Dropout;

  constructor({ inputDim, outputDim, dropoutRate = 0, hasQkvBias = false }: AttentionConfig) {
    this.query = new Linear(inputDim, outputDim, { hasBias: hasQkvBias });
    this.key = new Linear(inputDim, outputDim, { hasBias: hasQkvBias });
    this.value = new Linear(inputDim, outputDim, { hasBias: hasQkvBias });
    this.dropout = new Dropout(dropoutRate);
  }

  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    return attention(this.query.forward(x), this.key.forward(x), this.value.forward(x), {
      isCausal: true,
      weightsFactor: this.dropout.factor([...x.shape.slice(0, -1), x.shape.at(-2)!], options), // (…, T, T)
    });
  }
}
