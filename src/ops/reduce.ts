/** @file Reductions over axes. */
import { primitive, sizeOf } from "../graph/index.ts";
import type { Emit, Node, Ref, Shape, Tensor, Values, Op } from "../graph/index.ts";
import { UserError } from "../errors.ts";
import { axisOf, around } from "./axes.ts";
import { broadcastStrides, rowsOf } from "./broadcasting.ts";
import { abs, add, div, exp, log, mul, requireFloat, sqrt, sub } from "./elementwise.ts";
import { equal } from "./comparison.ts";
import { cast, stopGradient, where } from "./select.ts";
import { broadcastTo, reshape } from "./movement.ts";

/** Which axes to reduce (all, unless said) and whether they stay as axes of length 1. */
export interface Reduction {
  readonly axis?: number | readonly number[];
  readonly keepDims?: boolean;
}

type ReduceNode = Node<[x: Tensor], Reduction | undefined>;

function axesOf(name: string, shape: Shape, axis: Reduction["axis"]): number[] {
  if (axis === undefined) return shape.map((_, at) => at);
  const axes = typeof axis === "number" ? [axis] : axis;
  return axes.map((at) => axisOf(name, shape, at));
}

function keptShape(shape: Shape, axes: readonly number[]): number[] {
  return shape.map((length, at) => (axes.includes(at) ? 1 : length));
}

function reducedShape(shape: Shape, axes: readonly number[], keepDims = false): number[] {
  return keepDims ? keptShape(shape, axes) : shape.filter((_, at) => !axes.includes(at));
}

function reduction(
  name: string,
  operator: string,
  first: number,
  combine: (accumulated: number, x: number) => number,
  gradient: (dy: Tensor, y: Tensor, x: Tensor) => Tensor,
) {
  return primitive<[x: Tensor], Reduction | undefined>({
    name,
    infer([x], { axis, keepDims } = {}) {
      if (x.dtype === "bool")
        throw new UserError(`${name}: expected numbers, got bool. Use cast().`);
      return {
        shape: reducedShape(x.shape, axesOf(name, x.shape, axis), keepDims),
        dtype: x.dtype,
      };
    },
    reference([x], { axis, keepDims } = {}, allocate) {
      const axes = axesOf(name, x.shape, axis);
      const y = allocate(x.dtype, reducedShape(x.shape, axes, keepDims));
      return reduceInto(x, axes, y, first, combine);
    },
    onnx: (emit, [x], node) => emitReduction(emit, operator, name, x, node),
    gradient(dy, { inputs: [x], attributes, output }) {
      const kept = keptShape(x.shape, axesOf(name, x.shape, attributes?.axis));
      return [gradient(reshape(dy, kept), reshape(output, kept), x)];
    },
  });
}

function reduceInto(
  x: Values,
  axes: readonly number[],
  y: Values,
  first: number,
  combine: (accumulated: number, value: number) => number,
): Values {
  const totals = new Float64Array(y.data.length).fill(first); // sums in double: error does not grow with length
  const { data } = x;
  const strides = broadcastStrides(keptShape(x.shape, axes), x.shape);
  const { starts, length, step } = rowsOf(x.shape, strides);
  for (let row = 0, index = 0; row < starts.length; row++) {
    for (let i = 0, at = starts[row]; i < length; i++, at += step) {
      totals[at] = combine(totals[at], data[index++]);
    }
  }
  y.data.set(totals);
  return y;
}

function emitReduction(emit: Emit, operator: string, name: string, x: Ref, node: ReduceNode): Ref {
  const { axis, keepDims } = node.attributes ?? {};
  const axes = axesOf(name, node.inputs[0].shape, axis);
  const keepdims = keepDims ? 1 : 0;
  if (axes.length === 0) return emit("Identity", [x]);
  return emit(operator, [x, emit.ints(axes)], { keepdims });
}

/** Sum over axes. */
export const sum = reduction(
  "sum",
  "ReduceSum",
  0,
  (total, x) => total + x,
  (dy, _, x) => broadcastTo(dy, x.shape),
);

/** Largest value over axes; equal maxima share the gradient, as PyTorch's `amax`. */
export const max = reduction("max", "ReduceMax", -Infinity, Math.max, sharesOfExtreme);
/** Smallest value over axes; equal minima share the gradient, as PyTorch's `amin`. */
export const min = reduction("min", "ReduceMin", Infinity, Math.min, sharesOfExtreme);

function sharesOfExtreme(dy: Tensor, y: Tensor, x: Tensor): Tensor {
  const hits = cast(equal(x, y), x.dtype);
  const axes = x.shape.flatMap((length, at) => (y.shape[at] === 1 && length !== 1 ? [at] : []));
  return mul(div(dy, sum(hits, { axis: axes, keepDims: true })), hits);
}

/** Mean over axes, of floats. */
export function mean(x: Tensor, options: Reduction = {}): Tensor {
  requireFloat("mean", x);
  const axes = axesOf("mean", x.shape, options.axis);
  return div(sum(x, options), sizeOf(axes.map((at) => x.shape[at])));
}

export interface Spread extends Reduction {
  /** Taken from the count that the squares are divided by; 1 unless said. */
  readonly correction?: number;
}

/** Variance over axes; `correction` 1 (Bessel's) unless said, as `torch.var`. */
export function variance(x: Tensor, options: Spread = {}): Tensor {
  const axes = axesOf("variance", x.shape, options.axis);
  const count = sizeOf(axes.map((at) => x.shape[at]));
  const centred = sub(x, mean(x, { axis: axes, keepDims: true }));
  return div(sum(mul(centred, centred), options), count - (options.correction ?? 1));
}

/** Standard deviation over axes; `correction` 1 (Bessel's) unless said, as `torch.std`. */
export const std = (x: Tensor, options?: Spread): Tensor => sqrt(variance(x, options));

/** log Σ exp(x) over axes, stable for large x; ±∞ where x has nothing else, or +∞, as `torch.logsumexp`. */
export function logSumExp(x: Tensor, options: Reduction = {}): Tensor {
  const axes = axesOf("logSumExp", x.shape, options.axis);
  const most = stopGradient(max(x, { axis: axes, keepDims: true }));
  const peak = where(equal(abs(most), Infinity), 0, most); // ∞ − ∞ is no number
  const total = add(log(sum(exp(sub(x, peak)), { axis: axes, keepDims: true })), peak);
  return reshape(total, reducedShape(x.shape, axes, options.keepDims));
}

export interface AlongAxis {
  readonly axis?: number;
  readonly keepDims?: boolean;
}

/** Position of the largest value along an axis (the last, unless said), the first of equals: int32. */
export const argMax = primitive<[x: Tensor], AlongAxis | undefined>({
  name: "argMax",
  infer([x], { axis = -1, keepDims } = {}) {
    const axes = axesOf("argMax", x.shape, axis);
    return { shape: reducedShape(x.shape, axes, keepDims), dtype: "int32" };
  },
  reference([x], { axis = -1, keepDims } = {}, allocate) {
    const axes = axesOf("argMax", x.shape, axis);
    const y = allocate("int32", reducedShape(x.shape, axes, keepDims));
    const { length, inner } = around(x.shape, axes[0]);
    for (let row = 0; row < y.data.length; row++) {
      const start = Math.floor(row / inner) * length * inner + (row % inner);
      let best = 0;
      for (let i = 1; i < length; i++) {
        if (x.data[start + i * inner] > x.data[start + best * inner]) best = i;
      }
      y.data[row] = best;
    }
    return y;
  },
  onnx(emit, [x], { inputs, attributes: { axis = -1, keepDims } = {} }) {
    const at = axisOf("argMax", inputs[0].shape, axis);
    return emit.cast(emit("ArgMax", [x], { axis: at, keepdims: keepDims ? 1 : 0 }), "int32");
  },
  gradient: "none",
});

export interface Direction {
  readonly axis?: number;
  readonly reverse?: boolean;
}

/** Running total along an axis (the last, unless said); `reverse` runs from the end. */
export const cumulativeSum: Op<[x: Tensor], Direction | undefined> = primitive<
  [x: Tensor],
  Direction | undefined
>({
  name: "cumulativeSum",
  infer([x], { axis = -1 } = {}) {
    axisOf("cumulativeSum", x.shape, axis);
    return { shape: x.shape, dtype: x.dtype };
  },
  reference([x], { axis = -1, reverse = false } = {}, allocate) {
    const y = allocate(x.dtype, x.shape);
    const { outer, length, inner } = around(x.shape, axisOf("cumulativeSum", x.shape, axis));
    for (let row = 0; row < outer * inner; row++) {
      const start = Math.floor(row / inner) * length * inner + (row % inner);
      let total = 0;
      for (let step = 0; step < length; step++) {
        const at = start + (reverse ? length - 1 - step : step) * inner;
        y.data[at] = total += x.data[at];
      }
    }
    return y;
  },
  onnx(emit, [x], { inputs, attributes: { axis = -1, reverse = false } = {} }) {
    const at = emit.scalar(axisOf("cumulativeSum", inputs[0].shape, axis), "int32");
    return emit("CumSum", [x, at], { reverse: Number(reverse) });
  },
  // each x reaches every total after it
  gradient: (dy, { attributes: { axis = -1, reverse = false } = {} }) => [
    cumulativeSum(dy, { axis, reverse: !reverse }),
  ],
});
