import type { Tensor } from "../graph/index.ts";
import { mul, silu } from "../ops/index.ts";
import { Linear } from "./linear.ts";

export interface GatedFeedForwardConfig {
  readonly embedDim: number;
  /** Width inside. */
  readonly hiddenDim: number;
  /** SiLU unless said: SwiGLU. */
  readonly activation?: (x: Tensor) => Tensor;
}

/** One linear map opens and closes another, and a third leads back (https://arxiv.org/abs/2002.05202): `(…, C) → (…, C)`. */
export class GatedFeedForward {
  readonly gate: Linear;
  readonly up: Linear;
  readonly down: Linear;
  readonly #activation: (x: Tensor) => Tensor;

  constructor({ embedDim, hiddenDim, activation = silu }: GatedFeedForwardConfig) {
    this.gate = new Linear(embedDim, hiddenDim, { hasBias: false });
    this.up = new Linear(embedDim, hiddenDim, { hasBias: false });
    this.down = new Linear(hiddenDim, embedDim, { hasBias: false, isResidual: true });
    this.#activation = activation;
  }

  forward(x: Tensor): Tensor {
    const open = this.#activation(this.gate.forward(x)); // (…, hiddenDim)
    return this.down.forward(mul(open, this.up.forward(x)));
  }
}
