/** @file The affine map of a layer, as one Gemm forward and two backward. */
import { composite, float } from "../graph/index.ts";
import type { Op, Tensor } from "../graph/index.ts";
import { add } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { reshape } from "./movement.ts";
import { sum } from "./reduce.ts";

/** x·Wᵀ + b for a matrix of rows: `x (N, in)`, `weight (out, in)`, `bias (out,)` → `(N, out)`. */
const affine: Op<[x: Tensor, weight: Tensor, bias: Tensor]> = composite({
  name: "affine",
  body: ([x, weight, bias]) => add(matmul(x, weight, { transposeB: true }), bias),
  onnx: (emit, refs) => emit("Gemm", refs, { transB: 1, alpha: float(1), beta: float(1) }),
  gradient: (dy, { inputs: [x, weight] }) => [
    matmul(dy, weight),
    matmul(dy, x, { transposeA: true }),
    sum(dy, { axis: 0 }),
  ],
});

/** x·Wᵀ + b over the last axis: `x (…, in)`, `weight (out, in)`, `bias (out,)` → `(…, out)`; `torch.nn.functional.linear`. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const rows = reshape(x, [-1, x.shape.at(-1)!]);
  const y = bias ? affine(rows, weight, bias) : matmul(rows, weight, { transposeB: true });
  return reshape(y, [...x.shape.slice(0, -1), weight.shape[0]]);
}
linear.operation = affine.operation;
