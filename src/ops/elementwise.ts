/** @file Arithmetic, element by element, with NumPy broadcasting. Gradients as in any calculus book. */
import { UserError } from "../errors.ts";
import { apply, primitive, scalar, Tensor } from "../graph/index.ts";
import type { Op, Node, Operation, Values } from "../graph/index.ts";
import { broadcastShapes, broadcastStrides, rowsOf, unbroadcast } from "./broadcasting.ts";
import { and, equal, greater, less } from "./comparison.ts";
import { cast, where } from "./select.ts";

/** A tensor or a number that stands for a scalar of the other operand's dtype. */
export type Operand = Tensor | number;

type UnaryNode = Node<[x: Tensor], undefined>;
type BinaryNode = Node<[a: Tensor, b: Tensor], undefined>;
type Unary = Op<[x: Tensor]>;
/** A binary operation that takes numbers too. */
export type Binary = ((a: Operand, b: Operand) => Tensor) & { readonly operation: Operation };

function requireNumbers(name: string, ...inputs: readonly Tensor[]): void {
  const [first] = inputs;
  if (inputs.every(({ dtype }) => dtype === first.dtype && dtype !== "bool")) return;
  throw new UserError(
    `${name}: expected numbers of one dtype, got ${inputs.map((x) => x.dtype).join(" and ")}. Use cast().`,
  );
}

/** The dtypes that an operation takes. */
type Domain = "numbers" | "floats";

/** Throws unless `x` holds floats. */
export function requireFloat(name: string, x: Tensor): void {
  if (x.dtype === "float32") return;
  throw new UserError(`${name}: expected float32 numbers, got ${x.dtype}. Use cast().`);
}

function unary(
  operator: string,
  compute: (x: number) => number,
  gradient: (dy: Tensor, node: UnaryNode) => Tensor,
  domain: Domain = "floats",
): Unary {
  const name = operator.toLowerCase();
  return primitive<[x: Tensor]>({
    name,
    infer([x]) {
      if (domain === "numbers") requireNumbers(name, x);
      else requireFloat(name, x);
      return { shape: x.shape, dtype: x.dtype };
    },
    reference([x], _, allocate) {
      const y = allocate(x.dtype, x.shape);
      const [from, to] = [x.data, y.data];
      for (let i = 0; i < to.length; i++) to[i] = compute(from[i]);
      return y;
    },
    onnx: (emit, [x]) => emit(operator, [x]),
    gradient: (dy, node) => [gradient(dy, node)],
  });
}

export const neg = unary(
  "Neg",
  (x) => -x,
  (dy) => neg(dy),
  "numbers",
);
export const exp = unary("Exp", Math.exp, (dy, { output: y }) => mul(dy, y));
export const log = unary("Log", Math.log, (dy, { inputs: [x] }) => div(dy, x));
export const sqrt = unary("Sqrt", Math.sqrt, (dy, { output: y }) => div(dy, mul(y, 2)));
export const sin = unary("Sin", Math.sin, (dy, { inputs: [x] }) => mul(dy, cos(x)));
export const cos = unary("Cos", Math.cos, (dy, { inputs: [x] }) => neg(mul(dy, sin(x))));
export const abs = unary("Abs", Math.abs, (dy, { inputs: [x] }) => mul(dy, sign(x)), "numbers");
export const sign = unary("Sign", Math.sign, (dy) => mul(dy, 0), "numbers");
export const floor = unary("Floor", Math.floor, (dy) => mul(dy, 0));

/** Hyperbolic tangent; dx = dy (1 − y²). */
export const tanh = unary("Tanh", Math.tanh, (dy, { output: y }) => mul(dy, sub(1, mul(y, y))));

/** 1 / (1 + e⁻ˣ); dx = dy y (1 − y). */
export const sigmoid = unary(
  "Sigmoid",
  (x) => 1 / (1 + Math.exp(-x)),
  (dy, { output: y }) => mul(dy, mul(y, sub(1, y))),
);

/** The error function; dx = dy · 2/√π · exp(−x²). */
export const erf = unary("Erf", erfOf, (dy, { inputs: [x] }) =>
  mul(dy, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))),
);

/** Two operands of one dtype; a bare number becomes a scalar of the other's. */
function operands(name: string, a: Operand, b: Operand): [Tensor, Tensor] {
  const dtype = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : "float32";
  const lift = (x: Operand) => (x instanceof Tensor ? x : scalar(x, dtype));
  const pair: [Tensor, Tensor] = [lift(a), lift(b)];
  requireNumbers(name, ...pair);
  return pair;
}

/** The values of `compute` over two broadcast operands. */
export function zip(
  a: Values,
  b: Values,
  y: Values,
  compute: (a: number, b: number) => number,
): Values {
  const [left, right, result] = [a.data, b.data, y.data];
  const lefts = rowsOf(y.shape, broadcastStrides(a.shape, y.shape));
  const rights = rowsOf(y.shape, broadcastStrides(b.shape, y.shape));
  for (let row = 0, index = 0; row < lefts.starts.length; row++) {
    let atLeft = lefts.starts[row];
    let atRight = rights.starts[row];
    for (let i = 0; i < lefts.length; i++) {
      result[index++] = compute(left[atLeft], right[atRight]);
      atLeft += lefts.step;
      atRight += rights.step;
    }
  }
  return y;
}

function binary(
  operator: string,
  compute: (a: number, b: number) => number,
  gradient: (dy: Tensor, node: BinaryNode) => readonly [Tensor, Tensor],
  name = operator.toLowerCase(),
): Binary {
  const { operation } = primitive<[a: Tensor, b: Tensor]>({
    name,
    infer: ([a, b]) => ({ shape: broadcastShapes(name, a.shape, b.shape), dtype: a.dtype }),
    reference([a, b], _, allocate) {
      return zip(a, b, allocate(a.dtype, broadcastShapes(name, a.shape, b.shape)), compute);
    },
    onnx: (emit, [a, b]) => emit(operator, [a, b]),
    gradient(dy, node) {
      const [da, db] = gradient(dy, node);
      return [unbroadcast(da, node.inputs[0].shape), unbroadcast(db, node.inputs[1].shape)];
    },
  });
  const call = (a: Operand, b: Operand) => apply(operation, operands(name, a, b), undefined)[0];
  return Object.assign(call, { operation });
}

export const add = binary(
  "Add",
  (a, b) => a + b,
  (dy) => [dy, dy],
);
export const sub = binary(
  "Sub",
  (a, b) => a - b,
  (dy) => [dy, neg(dy)],
);
export const mul = binary(
  "Mul",
  (a, b) => a * b,
  (dy, { inputs: [a, b] }) => [mul(dy, b), mul(dy, a)],
);

/** Division; of integers it truncates, as ONNX does. */
export const div = binary(
  "Div",
  (a, b) => a / b,
  (dy, { inputs: [, b], output: y }) => [div(dy, b), neg(div(mul(dy, y), b))],
);

/** aᵇ; the gradient of the exponent is that of a > 0, and a⁰ is 1 even at 0. */
export const pow = binary("Pow", Math.pow, (dy, { inputs: [a, b], output: y }) => [
  mul(dy, mul(b, pow(where(and(equal(a, 0), equal(b, 0)), 1, a), sub(b, 1)))),
  mul(dy, mul(y, log(where(greater(a, 0), a, 1)))),
]);

/** The larger of two; a tie splits the gradient, as in PyTorch. */
export const maximum = binary(
  "Max",
  Math.max,
  (dy, { inputs: [a, b] }) => shares(dy, greater(a, b), a, b),
  "maximum",
);
/** The smaller of two; a tie splits the gradient, as in PyTorch. */
export const minimum = binary(
  "Min",
  Math.min,
  (dy, { inputs: [a, b] }) => shares(dy, less(a, b), a, b),
  "minimum",
);

function shares(dy: Tensor, wins: Tensor, a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
  const share = add(cast(wins, dy.dtype), mul(cast(equal(a, b), dy.dtype), 0.5));
  return [mul(dy, share), mul(dy, sub(1, share))];
}

/** Limits `x` to [low, high]; the gradient is zero outside, and NaN stays NaN. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  return where(less(x, low), low, where(greater(x, high), high, x));
}

/** erf in double precision: the power series near zero, its continued fraction's asymptotic form beyond (Abramowitz & Stegun 7.1.5, 7.1.14). */
function erfOf(x: number): number {
  const z = Math.abs(x);
  if (z > 6) return Math.sign(x);
  if (z < 2.5) {
    let term = x;
    let total = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
      term *= -(x * x) / n;
      total += term / (2 * n + 1);
    }
    return (total * 2) / Math.sqrt(Math.PI);
  }
  let fraction = z;
  for (let n = 60; n > 0; n--) fraction = z + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-z * z) / (fraction * Math.sqrt(Math.PI)));
}
