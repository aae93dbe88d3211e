/**
 * @file Einstein summation in NumPy's notation, over transpose, reshape, matmul, mul and sum: `"bhtd,bhsd->bhts"` names the
 * axes of each operand, equal names are multiplied along, and names that the output lacks are summed.
 */
import { UserError } from "../errors.ts";
import { formatShape, sameShape, sizeOf } from "../graph/index.ts";
import type { Shape, Tensor } from "../graph/index.ts";
import { parseEinsum } from "./einsum-notation.ts";
import { mul } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { pad, reshape, slice, transpose } from "./movement.ts";
import { sum } from "./reduce.ts";

/** A tensor and the name of each of its axes. */
interface Named {
  readonly x: Tensor;
  readonly axes: readonly string[];
}

/**
 * `einsum("bhtd,bhsd->bhts", q, k)`: `torch.einsum`, also with an implicit output (the names that occur once, in
 * alphabetical order), `...`, and repeated names of one operand (its diagonal). Lengths of one name are equal: a
 * length of 1 does not stretch.
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  const { inputs, output } = parseEinsum(equation, operands);
  checkLengths(equation, inputs, operands);
  const named = operands.map((x, i) => diagonal({ x, axes: inputs[i] }));
  const result = named.reduce((done, next, i) => {
    const later = new Set([...output, ...named.slice(i + 1).flatMap(({ axes }) => axes)]);
    return contract(sumUnless(done, new Set([...later, ...next.axes])), next, later);
  });
  return arrange(sumUnless(result, new Set(output)), output);
}

function checkLengths(
  equation: string,
  inputs: readonly (readonly string[])[],
  operands: readonly Tensor[],
): void {
  const lengths = new Map<string, number>();
  for (const [i, { shape }] of operands.entries()) {
    for (const [axis, name] of inputs[i].entries()) {
      const known = lengths.get(name) ?? shape[axis];
      lengths.set(name, known);
      if (known === shape[axis]) continue;
      const shapes = operands.map((x) => formatShape(x.shape)).join(" and ");
      throw new UserError(
        `einsum: expected one length for "${name}" in "${equation}", got ${known} and ${shape[axis]} in shapes ${shapes}.`,
      );
    }
  }
}

/** Sums over the axes that nothing else needs. */
function sumUnless({ x, axes }: Named, needed: ReadonlySet<string>): Named {
  const idle = axes.flatMap((name, axis) => (needed.has(name) ? [] : [axis]));
  if (idle.length === 0) return { x, axes };
  return { x: sum(x, { axis: idle }), axes: axes.filter((name) => needed.has(name)) };
}

/** The product of two operands, summed over the names that `later` lacks. */
function contract(a: Named, right: Named, later: ReadonlySet<string>): Named {
  const b = sumUnless(right, new Set([...later, ...a.axes]));
  const shared = a.axes.filter((name) => b.axes.includes(name));
  const groups: Groups = {
    batch: shared.filter((name) => later.has(name)),
    summed: shared.filter((name) => !later.has(name)),
    rows: a.axes.filter((name) => !shared.includes(name)),
    columns: b.axes.filter((name) => !shared.includes(name)),
  };
  const axes = [...groups.batch, ...groups.rows, ...groups.columns];
  return { x: groups.summed.length > 0 ? product(a, b, groups) : outer(a, b, groups), axes };
}

/** The parts that axes play in a product: in both operands, kept or summed, or in one of them. */
interface Groups {
  readonly batch: readonly string[];
  readonly summed: readonly string[];
  readonly rows: readonly string[];
  readonly columns: readonly string[];
}

/** One matmul: `(batch, rows, columns)`. */
function product(a: Named, b: Named, { batch, summed, rows, columns }: Groups): Tensor {
  const left = asMatrices(a, batch, rows, summed);
  const isPlain = isOrder(b, [...batch, ...summed, ...columns]); // (batch, K, N) already
  const y = isPlain
    ? matmul(left, asMatrices(b, batch, summed, columns))
    : matmul(left, asMatrices(b, batch, columns, summed), { transposeB: true });
  return inShape(y, [...lengthsOf(a, [...batch, ...rows]), ...lengthsOf(b, columns)]);
}

/** Nothing is summed: one broadcast multiplication, `(batch, rows, columns)`. */
function outer(a: Named, b: Named, { batch, rows, columns }: Groups): Tensor {
  const left = arrange(a, [...batch, ...rows]);
  const right = arrange(b, [...batch, ...columns]);
  const ones = (names: readonly string[]) => names.map(() => 1);
  return mul(
    inShape(left, [...left.shape, ...ones(columns)]),
    inShape(right, [...lengthsOf(b, batch), ...ones(rows), ...lengthsOf(b, columns)]),
  );
}

const isOrder = ({ axes }: Named, order: readonly string[]): boolean =>
  axes.join() === order.join();

function lengthsOf({ x, axes }: Named, names: readonly string[]): number[] {
  return names.map((name) => x.shape[axes.indexOf(name)]);
}

/** `(batch, M, N)`, or `(M, N)` without batch, each the product of its axes' lengths. */
function asMatrices(
  named: Named,
  batch: readonly string[],
  rows: readonly string[],
  columns: readonly string[],
): Tensor {
  const groups = batch.length > 0 ? [batch, rows, columns] : [rows, columns];
  const x = arrange(named, groups.flat());
  return inShape(
    x,
    groups.map((names) => sizeOf(lengthsOf(named, names))),
  );
}

function arrange(named: Named, order: readonly string[]): Tensor {
  if (isOrder(named, order)) return named.x;
  return transpose(
    named.x,
    order.map((name) => named.axes.indexOf(name)),
  );
}

const inShape = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : reshape(x, shape);

/** Takes the diagonal along axes of one name, until each name stands once. */
function diagonal({ x, axes }: Named): Named {
  const name = axes.find((one, axis) => axes.indexOf(one) !== axis);
  if (name === undefined) return { x, axes };
  const first = axes.indexOf(name);
  const second = axes.indexOf(name, first + 1);
  const others = axes.flatMap((_, axis) => (axis === first || axis === second ? [] : [axis]));
  const n = x.shape[first];
  const rest = others.map((axis) => x.shape[axis]);
  // the diagonal of (n, n) is the first column of the same numbers in rows of n + 1
  const flat = reshape(transpose(x, [...others, first, second]), [...rest, n * n]);
  const shifted = reshape(pad(flat, { axis: -1, after: n }), [...rest, n, n + 1]);
  const taken = reshape(slice(shifted, { axis: -1, end: 1 }), [...rest, n]);
  return diagonal({ x: taken, axes: [...others.map((axis) => axes[axis]), name] });
}
