import type { Parameter, Tensor } from "../graph/index.ts";
import { gather } from "../ops/index.ts";
import { embedding } from "../random/index.ts";
import { parameter } from "./parameter.ts";

/** A table of vectors looked up by id: int32 `(…) → (…, dim)`; `torch.nn.Embedding`. */
export class Embedding {
  /** `(count, dim)`. */
  readonly weight: Parameter;

  constructor(count: number, dim: number) {
    this.weight = parameter([count, dim], embedding);
  }

  forward(ids: Tensor): Tensor {
    return gather(this.weight, ids);
  }
}
