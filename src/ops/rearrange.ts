/** @file Everyday shapes made by reshape, slice and broadcastTo. */
import { UserError } from "../errors.ts";
import { formatShape } from "../graph/index.ts";
import type { Tensor } from "../graph/index.ts";
import { axisOf } from "./axes.ts";
import { broadcastTo, reshape, slice } from "./movement.ts";

/** A new axis of length 1 at position `axis` of the result: `torch.unsqueeze`. */
export function expandDims(x: Tensor, axis: number): Tensor {
  const widened = [...x.shape, 1];
  return reshape(x, x.shape.toSpliced(axisOf("expandDims", widened, axis), 0, 1));
}

/** Drops an axis of length 1. */
export function squeeze(x: Tensor, axis: number): Tensor {
  const at = axisOf("squeeze", x.shape, axis);
  if (x.shape[at] === 1) return reshape(x, x.shape.toSpliced(at, 1));
  throw new UserError(
    `squeeze: expected an axis of length 1, got axis ${axis} of ${formatShape(x.shape)}.`,
  );
}

/** One position of an axis, which goes: `x[:, -1]` is `select(x, -1, { axis: 1 })`; negative positions count from the end. */
export function select(x: Tensor, position: number, { axis = 0 } = {}): Tensor {
  const at = axisOf("select", x.shape, axis);
  const length = x.shape[at];
  if (!Number.isInteger(position) || position < -length || position >= length) {
    throw new UserError(
      `select: expected a position from ${-length} to ${length - 1} on axis ${axis} of ${formatShape(x.shape)}, got ${position}.`,
    );
  }
  const start = position < 0 ? position + length : position;
  return reshape(slice(x, { axis: at, start, end: start + 1 }), x.shape.toSpliced(at, 1));
}

/** Each element along an axis `count` times in a row, as grouped-query attention shares its keys: `torch.repeat_interleave`. */
export function repeat(x: Tensor, count: number, { axis }: { readonly axis: number }): Tensor {
  const at = axisOf("repeat", x.shape, axis);
  const added = expandDims(x, at + 1);
  const stretched = broadcastTo(added, added.shape.with(at + 1, count));
  return reshape(stretched, x.shape.with(at, x.shape[at] * count));
}

/** The whole of `x`, `count` times in a row along an axis: `torch.Tensor.repeat`. */
export function tile(x: Tensor, count: number, { axis }: { readonly axis: number }): Tensor {
  const at = axisOf("tile", x.shape, axis);
  const added = expandDims(x, at);
  const stretched = broadcastTo(added, added.shape.with(at, count));
  return reshape(stretched, x.shape.with(at, x.shape[at] * count));
}
