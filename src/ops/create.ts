/** @file Tensors made from nothing but a shape. */
import { Constant, primitive, scalar } from "../graph/index.ts";
import type { DType, Shape, Tensor, Op } from "../graph/index.ts";
import { axisOf } from "./axes.ts";
import { equal, greaterOrEqual, lessOrEqual } from "./comparison.ts";
import { add } from "./elementwise.ts";
import { broadcastTo, reshape, slice } from "./movement.ts";
import { cast, where } from "./select.ts";

/** 0, 1, …, n − 1: int32 `(n,)`. */
export const iota: Op<[], number> = primitive({
  name: "iota",
  infer: (_, length) => ({ shape: [length], dtype: "int32" }),
  reference(_, length, allocate) {
    const y = allocate("int32", [length]);
    for (let i = 0; i < length; i++) y.data[i] = i;
    return y;
  },
  onnx(emit, _, { attributes: length }) {
    const bound = emit("Squeeze", [emit.ints([length])]);
    const from = emit("Squeeze", [emit.ints([0])]);
    const step = emit("Squeeze", [emit.ints([1])]);
    return emit.cast(emit("Range", [from, bound, step]), "int32");
  },
  gradient: "none",
});

/** `value` everywhere. */
export function full(shape: Shape, value: number, dtype: DType = "float32"): Tensor {
  return broadcastTo(scalar(value, dtype), shape);
}

export const zeros = (shape: Shape, dtype?: DType): Tensor => full(shape, 0, dtype);

/** Whether `x` was made by `zeros`. */
export function isZeros({ origin }: Tensor): boolean {
  const filler = origin?.operation === broadcastTo.operation ? origin.inputs[0] : undefined;
  return filler instanceof Constant && filler.size === 1 && filler.data[0] === 0;
}

export const ones = (shape: Shape, dtype?: DType): Tensor => full(shape, 1, dtype);

/** 1 at each index and 0 elsewhere: int32 `(…)` → float32 `(…, depth)`; all 0 for an index outside. */
export function oneHot(indices: Tensor, depth: number): Tensor {
  return cast(equal(reshape(indices, [...indices.shape, 1]), iota(depth)), "float32");
}

/** The lower triangle of matrices `(…, M, N)`, 0 above the diagonal; a positive `diagonal` keeps more. */
export function tril(x: Tensor, diagonal = 0): Tensor {
  return where(lessOrEqual(...gridOf(x, diagonal)), x, 0);
}

/** The upper triangle of matrices `(…, M, N)`, 0 below the diagonal; a positive `diagonal` keeps less. */
export function triu(x: Tensor, diagonal = 0): Tensor {
  return where(greaterOrEqual(...gridOf(x, diagonal)), x, 0);
}

/** The column `(1, N)` of each element, and the column `(M, 1)` at which its row crosses the diagonal. */
function gridOf(x: Tensor, diagonal: number): [Tensor, Tensor] {
  const M = x.shape[axisOf("triangle", x.shape, -2)];
  const N = x.shape[axisOf("triangle", x.shape, -1)];
  return [reshape(iota(N), [1, N]), reshape(add(iota(M), diagonal), [M, 1])];
}

/**
 * Which keys a query may see: bool `(T, S)`, true where the key's position is not after the query's.
 * The last query stands at the last key, so with a cache of S − T earlier keys T may be less than S.
 */
export function causalMask(T: number, S = T): Tensor {
  const queries = reshape(positions(T, S - T), [T, 1]);
  return lessOrEqual(reshape(iota(S), [1, S]), queries);
}

/** `start`, `start + 1`, …: int32 `(n,)`. */
export function positions(length: number, start = 0): Tensor {
  if (start === 0) return iota(length);
  return slice(iota(start + length), { axis: 0, start });
}
