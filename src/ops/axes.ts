/** @file Axes as people write them (negative from the end) made plain. */
import { UserError } from "../errors.ts";
import { formatShape } from "../graph/index.ts";
import type { Shape } from "../graph/index.ts";

/** `axis` counted from the front, checked against the rank of `shape`. */
export function axisOf(name: string, shape: Shape, axis: number): number {
  const counted = axis < 0 ? axis + shape.length : axis;
  if (Number.isInteger(axis) && counted >= 0 && counted < shape.length) return counted;
  throw new UserError(
    `${name}: expected an axis of a tensor of shape ${formatShape(shape)}, got axis ${axis}.`,
  );
}

/** Sizes of what lies before, along and after `axis` of a row-major array. */
export function around(
  shape: Shape,
  axis: number,
): { outer: number; length: number; inner: number } {
  let outer = 1;
  let inner = 1;
  for (const [at, length] of shape.entries()) {
    if (at < axis) outer *= length;
    if (at > axis) inner *= length;
  }
  return { outer, length: shape[axis], inner };
}
