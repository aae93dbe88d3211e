import type { Parameter, Tensor } from "../graph/index.ts";
import { add, rmsNorm } from "../ops/index.ts";
import { constant } from "../random/index.ts";
import { parameter } from "./parameter.ts";

export interface RmsNormOptions {
  /** Added to the mean square; default 1e-6. */
  readonly epsilon?: number;
  /** Whether the factor is 1 + weight, and the weight begins at 0, as in Gemma. Default false. */
  readonly isCentred?: boolean;
}

/** RMS norm over the last axis, `(…, dim) → (…, dim)`; `torch.nn.RMSNorm`. */
export class RmsNorm {
  /** `(dim,)`. */
  readonly weight: Parameter;
  readonly epsilon: number;
  readonly isCentred: boolean;

  constructor(dim: number, { epsilon = 1e-6, isCentred = false }: RmsNormOptions = {}) {
    this.weight = parameter([dim], constant(isCentred ? 0 : 1), "gain");
    this.epsilon = epsilon;
    this.isCentred = isCentred;
  }

  forward(x: Tensor): Tensor {
    const factor = this.isCentred ? add(this.weight, 1) : this.weight;
    return rmsNorm(x, factor, { epsilon: this.epsilon });
  }
}
