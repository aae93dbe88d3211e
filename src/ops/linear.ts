/** @file The affine map of a layer, as one Gemm forward and two backward. */
import { UserError } from "../errors.ts";
import { composite, float, formatShape, sameShape, sizeOf } from "../graph/index.ts";
import type { Op, Tensor } from "../graph/index.ts";
import { productWithBlocks } from "./block-product.ts";
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

/** The same over the last axis of any x, as rows; weights in blocks are multiplied without making rows of x. */
const overLastAxis: Op<readonly Tensor[]> = composite<readonly Tensor[]>({
  name: "linear",
  body([x, weight, bias]) {
    const [outDim, inDim] = weight.shape;
    const rows = reshape(x, [sizeOf(x.shape.slice(0, -1)), inDim]);
    const y = bias ? affine(rows, weight, bias) : matmul(rows, weight, { transposeB: true });
    return reshape(y, [...x.shape.slice(0, -1), outDim]);
  },
  onnx: (emit, [x, weight, bias], { inputs }) =>
    productWithBlocks(emit, x, { weight, bias, shape: inputs[1].shape }),
});

/** x·Wᵀ + b over the last axis: `x (…, in)`, `weight (out, in)`, `bias (out,)` → `(…, out)`; `torch.nn.functional.linear`. */
export const linear = Object.assign(
  (x: Tensor, weight: Tensor, bias?: Tensor): Tensor => {
    const [outDim, inDim] = weight.shape;
    const fits = x.shape.at(-1) === inDim && weight.shape.length === 2;
    if (!fits || (bias && !sameShape(bias.shape, [outDim]))) {
      const got = [x, weight, ...(bias ? [bias] : [])].map(({ shape }) => formatShape(shape));
      throw new UserError(
        `linear: expected x (…, in), weight (out, in) and bias (out,), got ${got.join(", ")}.`,
      );
    }
    return bias ? overLastAxis(x, weight, bias) : overLastAxis(x, weight);
  },
  { operation: affine.operation },
);
