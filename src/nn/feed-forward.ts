import type { Tensor } from "../graph/index.ts";
import { geluTanh } from "../ops/index.ts";
import { Linear } from "./linear.ts";

/** Two linear maps with GELU (tanh) between, four times as wide inside: `(…, C) → (…, C)`. */
export class FeedForward {
  readonly up: Linear;
  readonly down: Linear;

  constructor(embedDim: number) {
    this.up = new Linear(embedDim, 4 * embedDim);
    this.down = new Linear(4 * embedDim, embedDim, { isResidual: true });
  }

  forward(x: Tensor): Tensor {
    const hidden = geluTanh(this.up.forward(x)); // (…, 4C)
    return this.down.forward(hidden); //            (…, C)
  }
}
