/** @file Looking values up by index, and adding them back: each is the other's gradient. */
import { UserError } from "../errors.ts";
import { formatShape, primitive, primitiveWithOutputs, sameShape } from "../graph/index.ts";
import type { NumericArray, Spec, Tensor, Values, Op } from "../graph/index.ts";
import { around, axisOf } from "./axes.ts";
import { rowsOfBlocks } from "./block-product.ts";
import { isZeros, zeros } from "./create.ts";
import { broadcastTo, reshape } from "./movement.ts";

function requireIndices(name: string, indices: Spec): void {
  if (indices.dtype === "int32") return;
  throw new UserError(`${name}: expected int32 indices, got ${indices.dtype}. Use cast().`);
}

function checkIndex(name: string, index: number, length: number): number {
  if (index >= 0 && index < length) return index;
  throw new UserError(`${name}: expected indices from 0 to ${length - 1}, got ${index}.`);
}

/** Rows of a table: `table (V, …)`, int32 `indices (…I)` → `(…I, …)`. An embedding's look-up. */
export const gather: Op<[table: Tensor, indices: Tensor]> = primitive({
  name: "gather",
  infer([table, indices]) {
    requireIndices("gather", indices);
    axisOf("gather", table.shape, 0);
    return { shape: [...indices.shape, ...table.shape.slice(1)], dtype: table.dtype };
  },
  reference([table, indices], _, allocate) {
    const y = allocate(table.dtype, [...indices.shape, ...table.shape.slice(1)]);
    const { length, inner } = around(table.shape, 0);
    indices.data.forEach((value, row) => {
      const at = checkIndex("gather", value, length) * inner;
      y.data.set(table.data.subarray(at, at + inner), row * inner);
    });
    return y;
  },
  onnx: (emit, [table, indices], { inputs }) =>
    rowsOfBlocks(emit, indices, {
      ...{ table, shape: inputs[0].shape, indexShape: inputs[1].shape },
    }) ?? emit("Gather", [table, indices], { axis: 0 }),
  gradient: (dy, { inputs: [table, indices] }) => [
    scatterAddRows(zeros(table.shape), indices, dy),
    "none",
  ],
});

/** Adds rows to a table: `table (V, …)`, int32 `indices (…I)`, `rows (…I, …)` → `(V, …)`; repeated indices add up. */
export function scatterAddRows(table: Tensor, indices: Tensor, rows: Tensor): Tensor {
  const count = indices.size;
  const rowShape = table.shape.slice(1);
  const flat = reshape(indices, [count, ...rowShape.map(() => 1)]);
  const shape = [count, ...rowShape];
  return scatterAdd(table, broadcastTo(flat, shape), reshape(rows, shape), { axis: 0 });
}

/** Calls `visit(i, at)` for each index: element `i` of `indices` names element `at` of `x` along `axis`. */
function walkIndices(
  name: string,
  x: Values,
  indices: Values,
  axis: number,
  visit: (index: number, at: number) => void,
): void {
  const { length, inner } = around(x.shape, axis);
  const own = around(indices.shape, axis);
  for (let i = 0; i < indices.data.length; i++) {
    const outer = Math.floor(i / (own.length * own.inner));
    const at = checkIndex(name, indices.data[i], length);
    visit(i, (outer * length + at) * inner + (i % own.inner));
  }
}

function requireAligned(name: string, x: Spec, indices: Spec, axis: number): number {
  requireIndices(name, indices);
  const at = axisOf(name, x.shape, axis);
  const fits =
    x.shape.length === indices.shape.length &&
    sameShape(x.shape.with(at, 0), indices.shape.with(at, 0));
  if (fits) return at;
  throw new UserError(
    `${name}: expected indices shaped like ${formatShape(x.shape)} but for axis ${axis}, got ${formatShape(indices.shape)}.`,
  );
}

export interface Axis {
  readonly axis: number;
}

/** Picks one element per index along `axis`: `torch.gather`; other axes of `x` and `indices` are equal. */
export const gatherElements: Op<[x: Tensor, indices: Tensor], Axis> = primitive({
  name: "gatherElements",
  infer([x, indices], { axis }) {
    requireAligned("gatherElements", x, indices, axis);
    return { shape: indices.shape, dtype: x.dtype };
  },
  reference([x, indices], { axis }, allocate) {
    const at = requireAligned("gatherElements", x, indices, axis);
    const y = allocate(x.dtype, indices.shape);
    walkIndices("gatherElements", x, indices, at, (i, from) => (y.data[i] = x.data[from]));
    return y;
  },
  onnx: (emit, [x, indices], { inputs, attributes: { axis } }) =>
    emit("GatherElements", [x, indices], { axis: axisOf("gatherElements", inputs[0].shape, axis) }),
  gradient: (dy, { inputs: [x, indices], attributes: axis }) => [
    scatterAdd(zeros(x.shape), indices, dy, axis),
    "none",
  ],
});

/** Adds each update at its index along `axis`; repeated indices add up: `torch.scatter_add`. */
export const scatterAdd: Op<[base: Tensor, indices: Tensor, updates: Tensor], Axis> = primitive({
  name: "scatterAdd",
  infer([base, indices, updates], { axis }) {
    requireAligned("scatterAdd", base, indices, axis);
    if (!sameShape(indices.shape, updates.shape) || base.dtype !== updates.dtype) {
      throw new UserError(
        `scatterAdd: expected ${base.dtype} updates of the indices' shape ${formatShape(indices.shape)}, got ${updates.dtype} ${formatShape(updates.shape)}.`,
      );
    }
    return { shape: base.shape, dtype: base.dtype };
  },
  reference([base, indices, updates], { axis }, allocate) {
    const at = requireAligned("scatterAdd", base, indices, axis);
    const y = allocate(base.dtype, base.shape);
    y.data.set(base.data);
    walkIndices("scatterAdd", base, indices, at, (i, to) => (y.data[to] += updates.data[i]));
    return y;
  },
  // ScatterND with reduction loses updates of repeated indices on two threads; ScatterElements does not
  onnx: (emit, refs, { inputs, attributes: { axis } }) =>
    emit("ScatterElements", refs, {
      axis: axisOf("scatterAdd", inputs[0].shape, axis),
      reduction: "add",
    }),
  gradient: (dy, { inputs: [, indices], attributes: axis }) => [
    dy,
    "none",
    gatherElements(dy, indices, axis),
  ],
  // added to zeros: the sum itself can be the base
  addTo: (sum, { inputs: [base, indices, updates], attributes }) =>
    isZeros(base) ? scatterAdd(sum, indices, updates, attributes) : undefined,
});

/** Positions of the `k` largest values in falling order, the first of equals first. */
function largest(values: NumericArray, k: number): Int32Array {
  const best = new Int32Array(k);
  for (let i = 0; i < values.length; i++) {
    if (i >= k && !(values[i] > values[best[k - 1]])) continue;
    let at = Math.min(i, k - 1);
    for (; at > 0 && values[i] > values[best[at - 1]]; at--) best[at] = best[at - 1];
    best[at] = i;
  }
  return best;
}

/** The `k` largest values of the last axis in falling order, and their positions (int32): two `(…, k)`. */
export const topK = primitiveWithOutputs<[x: Tensor], { readonly k: number }>({
  name: "topK",
  infer([x], { k }) {
    const at = axisOf("topK", x.shape, -1);
    if (!Number.isInteger(k) || k < 1 || k > x.shape[at]) {
      throw new UserError(`topK: expected k from 1 to ${x.shape[at]}, got ${k}.`);
    }
    if (x.size === 0) {
      // where ONNX Runtime divides by zero
      throw new UserError(`topK: expected at least one row, got shape ${formatShape(x.shape)}.`);
    }
    const shape = x.shape.with(at, k);
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: "int32" },
    ];
  },
  reference([x], { k }, allocate) {
    const shape = x.shape.with(-1, k);
    const values = allocate(x.dtype, shape);
    const indices = allocate("int32", shape);
    const n = x.shape.at(-1)!;
    for (let row = 0; row * n < x.data.length; row++) {
      const logits = x.data.subarray(row * n, (row + 1) * n);
      for (const [i, at] of largest(logits, k).entries()) {
        values.data[row * k + i] = logits[at];
        indices.data[row * k + i] = at;
      }
    }
    return [values, indices];
  },
  onnx(emit, [x], { attributes: { k } }) {
    const [values, indices] = emit.many("TopK", [x, emit.ints([k])], 2, { axis: -1 });
    return [values, emit.cast(indices, "int32")];
  },
  gradient: ([dy], { inputs: [x], outputs: [, indices] }) => [
    dy ? scatterAdd(zeros(x.shape), indices, dy, { axis: -1 }) : "none",
  ],
});
