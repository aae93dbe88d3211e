import type { Parameter, Tensor } from "../graph/index.ts";
import { linear } from "../ops/index.ts";
import { linearBias, linearWeight } from "../random/index.ts";
import { parameter } from "./parameter.ts";

export interface LinearOptions {
  /** Default true. */
  readonly hasBias?: boolean;
  /** Whether the result is added to the residual stream, which GPT-2's initialisation looks at. Default false. */
  readonly isResidual?: boolean;
}

/** An affine map of the last axis, x·Wᵀ + b: `(…, inputDim) → (…, outputDim)`; `torch.nn.Linear`. */
export class Linear {
  /** `(outputDim, inputDim)`. */
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;

  constructor(inputDim: number, outputDim: number, options: LinearOptions = {}) {
    const { hasBias = true, isResidual = false } = options;
    this.weight = parameter(
      [outputDim, inputDim],
      linearWeight,
      isResidual ? "residual" : "weight",
    );
    if (hasBias) this.bias = parameter([outputDim], linearBias(inputDim), "bias");
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}
