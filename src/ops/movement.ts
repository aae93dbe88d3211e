/** @file Operations that move elements and compute nothing. */
import { UserError } from "../errors.ts";
import { formatShape, primitive, sameShape, sizeOf } from "../graph/index.ts";
import type { Op, Shape, Tensor } from "../graph/index.ts";
import { around, axisOf } from "./axes.ts";
import { broadcastShapes, broadcastStrides, copyStrided, unbroadcast } from "./broadcasting.ts";

/** The same elements in another shape; one length may be −1 and follows from the rest. */
export const reshape: Op<[x: Tensor], Shape> = primitive({
  name: "reshape",
  infer: ([x], shape) => ({ shape: resolveShape(x.shape, shape), dtype: x.dtype }),
  reference: ([x], shape) => ({ ...x, shape: resolveShape(x.shape, shape) }),
  onnx(emit, [x], { output: { shape } }) {
    const attributes = shape.includes(0) ? { allowzero: 1 } : {}; // else 0 means: as it was
    return emit("Reshape", [x, emit.ints(shape)], attributes);
  },
  gradient: (dy, { inputs: [x] }) => [reshape(dy, x.shape)],
});

function resolveShape(from: Shape, to: Shape): Shape {
  const known = sizeOf(to.filter((length) => length !== -1));
  const shape = to.map((length) => (length === -1 ? sizeOf(from) / known : length));
  if (sizeOf(shape) === sizeOf(from) && shape.every((n) => Number.isInteger(n) && n >= 0))
    return shape;
  throw new UserError(
    `reshape: expected a shape of ${sizeOf(from)} elements, as ${formatShape(from)} has, got ${formatShape(to)}.`,
  );
}

/** Axes in another order; without a permutation the last two are swapped. */
export const transpose: Op<[x: Tensor], readonly number[] | undefined> = primitive({
  name: "transpose",
  infer([x], permutation) {
    const order = orderOf(x.shape, permutation);
    return { shape: order.map((axis) => x.shape[axis]), dtype: x.dtype };
  },
  reference([x], permutation, allocate) {
    const order = orderOf(x.shape, permutation);
    const y = allocate(
      x.dtype,
      order.map((axis) => x.shape[axis]),
    );
    const strides = order.map((axis) => around(x.shape, axis).inner);
    copyStrided(x.data, y.data, y.shape, strides);
    return y;
  },
  onnx: (emit, [x], { inputs, attributes }) =>
    emit("Transpose", [x], { perm: orderOf(inputs[0].shape, attributes) }),
  gradient(dy, { inputs: [x], attributes }) {
    const order = orderOf(x.shape, attributes);
    return [
      transpose(
        dy,
        order.map((_, axis) => order.indexOf(axis)),
      ),
    ];
  },
});

function orderOf(shape: Shape, permutation?: readonly number[]): readonly number[] {
  const axes = shape.map((_, axis) => axis);
  if (!permutation && shape.length >= 2) return [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!];
  if (permutation?.length === shape.length && axes.every((axis) => permutation.includes(axis))) {
    return permutation;
  }
  throw new UserError(
    `transpose: expected an order of the axes of ${formatShape(shape)}, got [${permutation ?? ""}].`,
  );
}

/** `x` repeated along axes of length 1, and along new leading axes, up to `shape`. */
export const broadcastTo: Op<[x: Tensor], Shape> = primitive({
  name: "broadcastTo",
  infer([x], shape) {
    if (sameShape(broadcastShapes("broadcastTo", x.shape, shape), shape))
      return { shape, dtype: x.dtype };
    throw new UserError(
      `broadcastTo: expected a shape that ${formatShape(x.shape)} stretches to, got ${formatShape(shape)}.`,
    );
  },
  reference([x], shape, allocate) {
    const y = allocate(x.dtype, shape);
    copyStrided(x.data, y.data, shape, broadcastStrides(x.shape, shape));
    return y;
  },
  onnx(emit, [x], { attributes: shape, output: { dtype } }) {
    if (!shape.includes(0)) return emit("Expand", [x, emit.ints(shape)]);
    return emit.cast(emit("ConstantOfShape", [emit.ints(shape)]), dtype); // Expand does not stretch 1 to 0
  },
  gradient: (dy, { inputs: [x] }) => [unbroadcast(dy, x.shape)],
});

/** A stretch of one axis: from `start` up to, not including, `end`; both may count from the end. */
export interface Slice {
  readonly axis: number;
  readonly start?: number;
  readonly end?: number;
}

function bounds(shape: Shape, { axis, start = 0, end }: Slice) {
  const at = axisOf("slice", shape, axis);
  const length = shape[at];
  const clamp = (i: number) => Math.min(Math.max(i < 0 ? i + length : i, 0), length);
  const from = clamp(start);
  return { at, from, to: Math.max(from, clamp(end ?? length)) };
}

export const slice: Op<[x: Tensor], Slice> = primitive({
  name: "slice",
  infer([x], options) {
    const { at, from, to } = bounds(x.shape, options);
    return { shape: x.shape.with(at, to - from), dtype: x.dtype };
  },
  reference([x], options, allocate) {
    const { at, from, to } = bounds(x.shape, options);
    const y = allocate(x.dtype, x.shape.with(at, to - from));
    const { outer, length, inner } = around(x.shape, at);
    for (let row = 0; row < outer; row++) {
      const start = (row * length + from) * inner;
      y.data.set(x.data.subarray(start, start + (to - from) * inner), row * (to - from) * inner);
    }
    return y;
  },
  onnx(emit, [x], { inputs, attributes }) {
    const { at, from, to } = bounds(inputs[0].shape, attributes);
    return emit("Slice", [x, emit.ints([from]), emit.ints([to]), emit.ints([at])]);
  },
  gradient(dy, { inputs: [x], attributes }) {
    const { at, from, to } = bounds(x.shape, attributes);
    return [pad(dy, { axis: at, before: from, after: x.shape[at] - to })];
  },
});

/** Adds `before` and `after` elements of `value` (0 unless said) along an axis. */
export const pad: Op<
  [x: Tensor],
  {
    readonly axis: number;
    readonly before?: number;
    readonly after?: number;
    readonly value?: number;
  }
> = primitive({
  name: "pad",
  infer([x], { axis, before = 0, after = 0 }) {
    const at = axisOf("pad", x.shape, axis);
    if (before < 0 || after < 0) {
      throw new UserError(`pad: expected counts of 0 or more, got ${before} and ${after}.`);
    }
    return { shape: x.shape.with(at, before + x.shape[at] + after), dtype: x.dtype };
  },
  reference([x], { axis, before = 0, after = 0, value = 0 }, allocate) {
    const at = axisOf("pad", x.shape, axis);
    const y = allocate(x.dtype, x.shape.with(at, before + x.shape[at] + after));
    (y.data as Float32Array).fill(value);
    const { outer, length, inner } = around(x.shape, at);
    for (let row = 0; row < outer; row++) {
      const from = x.data.subarray(row * length * inner, (row + 1) * length * inner);
      y.data.set(from, (row * y.shape[at] + before) * inner);
    }
    return y;
  },
  onnx(emit, [x], { inputs, attributes: { axis, before = 0, after = 0, value = 0 } }) {
    const at = axisOf("pad", inputs[0].shape, axis);
    const fill = emit.scalar(value, inputs[0].dtype);
    return emit("Pad", [x, emit.ints([before, after]), fill, emit.ints([at])], {
      mode: "constant",
    });
  },
  gradient: (dy, { inputs: [x], attributes: { axis, before = 0 } }) => [
    slice(dy, { axis, start: before, end: before + x.shape.at(axis)! }),
  ],
});
