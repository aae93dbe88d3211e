/** @file NumPy's broadcasting: shapes are aligned at their last axis, and a length of 1 stretches. */
import { UserError } from "../errors.ts";
import { formatShape, sameShape, sizeOf } from "../graph/index.ts";
import type { NumericArray, Shape, Tensor } from "../graph/index.ts";
import { sum } from "./reduce.ts";
import { reshape } from "./movement.ts";

/** The shape that operands of these shapes have together. */
export function broadcastShapes(name: string, ...shapes: readonly Shape[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const length = lengths.find((n) => n !== 1) ?? 1;
    if (lengths.every((n) => n === 1 || n === length)) return length;
    throw new UserError(
      `${name}: expected shapes that broadcast, got ${shapes.map(formatShape).join(" and ")}.`,
    );
  });
}

/** Row-major strides of `shape`, seen through the broadcast shape `to`: 0 along stretched axes. */
export function broadcastStrides(shape: Shape, to: Shape): number[] {
  const strides = new Array<number>(to.length).fill(0);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1) strides[axis + to.length - shape.length] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** Where each row (stretch of the last axis) of `shape` starts when one follows `strides`; a row's length and step. */
export function rowsOf(
  shape: Shape,
  strides: readonly number[],
): { readonly starts: Int32Array; readonly length: number; readonly step: number } {
  const outer = shape.slice(0, -1);
  const starts = new Int32Array(sizeOf(outer));
  const position = new Array<number>(outer.length).fill(0);
  for (let row = 0, offset = 0; row < starts.length; row++) {
    starts[row] = offset;
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      offset += strides[axis];
      if (++position[axis] < outer[axis]) break;
      offset -= strides[axis] * outer[axis];
      position[axis] = 0;
    }
  }
  return { starts, length: shape.at(-1) ?? 1, step: strides.at(-1) ?? 0 };
}

/** Fills `to`, of shape `shape`, with the elements of `from` that `strides` lead to. */
export function copyStrided(
  from: NumericArray,
  to: NumericArray,
  shape: Shape,
  strides: readonly number[],
): void {
  const { starts, length, step } = rowsOf(shape, strides);
  for (let row = 0, index = 0; row < starts.length; row++) {
    for (let i = 0, at = starts[row]; i < length; i++, at += step) to[index++] = from[at];
  }
}

/** The gradient of broadcasting: `dy` summed over the axes along which `shape` was stretched. */
export function unbroadcast(dy: Tensor, shape: Shape): Tensor {
  if (sameShape(dy.shape, shape)) return dy;
  const added = dy.shape.length - shape.length;
  const stretched = dy.shape.flatMap((length, axis) =>
    axis < added || (shape[axis - added] === 1 && length !== 1) ? [axis] : [],
  );
  return reshape(sum(dy, { axis: stretched, keepDims: true }), shape);
}
