/** @file The affine map of a layer, as one Gemm forward and two backward. */
import { UserError } from "../errors.ts";
import { composite, float, formatShape, Parameter, sameShape, sizeOf } from "../graph/index.ts";
import type { Op, Tensor } from "../graph/index.ts";
import { productWithBlocks } from "./block-product.ts";
import { add } from "./elementwise.ts";
import { concat } from "./joining.ts";
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

/**
 * One product in place of several of the same x, side by side: `(…, out₁ + out₂ + …)`. Undefined unless each is a linear map
 * whose weight is stored in blocks: those are stacked for nothing, while float32 weights would be copied.
 */
export function jointProduct(products: readonly Tensor[]): Tensor | undefined {
  const nodes = products.flatMap(({ origin }) => origin ?? []);
  const isLinear = nodes.every(({ operation }) => operation === overLastAxis.operation);
  if (!isLinear || nodes.length < products.length) return undefined;
  const [x] = nodes[0].inputs;
  const weights = nodes.map(({ inputs }) => inputs[1]);
  const biases = nodes.flatMap(({ inputs }) => inputs[2] ?? []);
  const isStored = weights.every((weight) => weight instanceof Parameter && weight.blocks);
  const isAlike = nodes.every(
    ({ inputs }) => inputs[0] === x && inputs.length === nodes[0].inputs.length,
  );
  if (!isStored || !isAlike) return undefined;
  const bias = biases.length > 0 ? concat(biases, { axis: 0 }) : undefined;
  return linear(x, concat(weights, { axis: 0 }), bias);
}
