import type { Parameter, Tensor } from "../graph/index.ts";
import { layerNorm } from "../ops/index.ts";
import { constant } from "../random/index.ts";
import { parameter } from "./parameter.ts";

/** Layer norm over the last axis, `(…, dim) → (…, dim)`, with the biased variance; `torch.nn.LayerNorm`. */
export class LayerNorm {
  /** The book's scale, `(dim,)`. */
  readonly weight: Parameter;
  /** The book's shift, `(dim,)`. */
  readonly bias: Parameter;
  /** Added to the variance. */
  readonly epsilon: number;

  constructor(dim: number, { epsilon = 1e-5 } = {}) {
    this.weight = parameter([dim], constant(1), "gain");
    this.bias = parameter([dim], constant(0), "bias");
    this.epsilon = epsilon;
  }

  forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight, this.bias, { epsilon: this.epsilon });
  }
}
