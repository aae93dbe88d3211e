/** @file The first steps towards attention: without weights, then with three trainable maps, as matrices or as layers. */
import type { Parameter, Tensor } from "../graph/index.ts";
import { attention, matmul } from "../ops/index.ts";
import { uniformInit } from "../random/index.ts";
import { Linear } from "./linear.ts";
import { parameter } from "./parameter.ts";

/** Each row becomes a mean of all rows, weighted by the softmax of their dot products: `(T, C) → (T, C)`. */
export function simpleSelfAttention(x: Tensor): Tensor {
  return attention(x, x, x, { scale: 1 });
}

/** Self-attention with raw matrices: `(…, T, inputDim) → (…, T, outputDim)`. */
export class SelfAttentionV1 {
  /** All three `(inputDim, outputDim)`, uniform in [0, 1). */
  readonly query: Parameter;
  readonly key: Parameter;
  readonly value: Parameter;

  constructor(inputDim: number, outputDim: number) {
    this.query = parameter([inputDim, outputDim], uniformInit(0, 1));
    this.key = parameter([inputDim, outputDim], uniformInit(0, 1));
    this.value = parameter([inputDim, outputDim], uniformInit(0, 1));
  }

  forward(x: Tensor): Tensor {
    return attention(matmul(x, this.query), matmul(x, this.key), matmul(x, this.value));
  }
}

/** Self-attention with linear layers, whose initial values are better scaled: `(…, T, inputDim) → (…, T, outputDim)`. */
export class SelfAttentionV2 {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;

  constructor(inputDim: number, outputDim: number, { hasQkvBias = false } = {}) {
    this.query = new Linear(inputDim, outputDim, { hasBias: hasQkvBias });
    this.key = new Linear(inputDim, outputDim, { hasBias: hasQkvBias });
    this.value = new Linear(inputDim, outputDim, { hasBias: hasQkvBias });
  }

  forward(x: Tensor): Tensor {
    return attention(this.query.forward(x), this.key.forward(x), this.value.forward(x));
  }
}
