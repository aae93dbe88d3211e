/** @file Comparisons and logic: bool results, no gradients. */
import { UserError } from "../errors.ts";
import { apply, primitive, scalar, Tensor } from "../graph/index.ts";
import type { Op } from "../graph/index.ts";
import { broadcastShapes } from "./broadcasting.ts";
import { zip } from "./elementwise.ts";
import type { Binary, Operand } from "./elementwise.ts";

function comparison(operator: string, holds: (a: number, b: number) => boolean): Binary {
  const name = operator[0].toLowerCase() + operator.slice(1);
  const { operation } = primitive<[a: Tensor, b: Tensor]>({
    name,
    infer: ([a, b]) => ({ shape: broadcastShapes(name, a.shape, b.shape), dtype: "bool" }),
    reference([a, b], _, allocate) {
      const y = allocate("bool", broadcastShapes(name, a.shape, b.shape));
      return zip(a, b, y, (left, right) => Number(holds(left, right)));
    },
    onnx: (emit, [a, b]) => emit(operator, [a, b]),
    gradient: "none",
  });
  const call = (a: Operand, b: Operand) => apply(operation, comparable(name, a, b), undefined)[0];
  return Object.assign(call, { operation });
}

function comparable(name: string, a: Operand, b: Operand): [Tensor, Tensor] {
  const dtype = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : "float32";
  const lift = (x: Operand) => (x instanceof Tensor ? x : scalar(x, dtype));
  const pair: [Tensor, Tensor] = [lift(a), lift(b)];
  const isLogic = name === "and" || name === "or";
  if (pair.every((x) => x.dtype === dtype && (!isLogic || dtype === "bool"))) return pair;
  throw new UserError(
    `${name}: expected ${isLogic ? "two bool tensors" : "operands of one dtype"}, got ${pair.map((x) => x.dtype).join(" and ")}.`,
  );
}

export const equal = comparison("Equal", (a, b) => a === b);
export const less = comparison("Less", (a, b) => a < b);
export const lessOrEqual = comparison("LessOrEqual", (a, b) => a <= b);
export const greater = comparison("Greater", (a, b) => a > b);
export const greaterOrEqual = comparison("GreaterOrEqual", (a, b) => a >= b);
export const and = comparison("And", (a, b) => a !== 0 && b !== 0);
export const or = comparison("Or", (a, b) => a !== 0 || b !== 0);

/** Logical negation of a bool tensor. */
export const not: Op<[x: Tensor]> = primitive({
  name: "not",
  infer([x]) {
    if (x.dtype !== "bool") throw new UserError(`not: expected a bool tensor, got ${x.dtype}.`);
    return { shape: x.shape, dtype: "bool" };
  },
  reference([x], _, allocate) {
    const y = allocate("bool", x.shape);
    for (let i = 0; i < y.data.length; i++) y.data[i] = x.data[i] === 0 ? 1 : 0;
    return y;
  },
  onnx: (emit, [x]) => emit("Not", [x]),
  gradient: "none",
});
