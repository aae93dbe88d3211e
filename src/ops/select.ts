/** @file Choosing and converting: where, cast, stopGradient. */
import { UserError } from "../errors.ts";
import { apply, primitive, scalar, Tensor } from "../graph/index.ts";
import type { DType, Operation, Op } from "../graph/index.ts";
import { broadcastShapes, broadcastStrides, rowsOf, unbroadcast } from "./broadcasting.ts";
import type { Operand } from "./elementwise.ts";

const whereOperation = primitive<[condition: Tensor, a: Tensor, b: Tensor]>({
  name: "where",
  infer([condition, a, b]) {
    if (condition.dtype !== "bool" || a.dtype !== b.dtype) {
      const got = [condition, a, b].map((x) => x.dtype).join(", ");
      throw new UserError(
        `where: expected a bool condition and two operands of one dtype, got ${got}.`,
      );
    }
    return { shape: broadcastShapes("where", condition.shape, a.shape, b.shape), dtype: a.dtype };
  },
  reference([condition, a, b], _, allocate) {
    const y = allocate(a.dtype, broadcastShapes("where", condition.shape, a.shape, b.shape));
    const [tests, lefts, rights] = [condition, a, b].map((x) =>
      rowsOf(y.shape, broadcastStrides(x.shape, y.shape)),
    );
    for (let row = 0, index = 0; row < tests.starts.length; row++) {
      for (let i = 0; i < tests.length; i++, index++) {
        y.data[index] = condition.data[tests.starts[row] + i * tests.step]
          ? a.data[lefts.starts[row] + i * lefts.step]
          : b.data[rights.starts[row] + i * rights.step];
      }
    }
    return y;
  },
  onnx(emit, [condition, a, b], { output }) {
    if (output.dtype !== "bool") return emit("Where", [condition, a, b]);
    // ONNX Runtime has no Where of bools
    return emit("Or", [emit("And", [condition, a]), emit("And", [emit("Not", [condition]), b])]);
  },
  gradient: (dy, { inputs: [condition, a, b] }) => [
    "none",
    unbroadcast(where(condition, dy, 0), a.shape),
    unbroadcast(where(condition, 0, dy), b.shape),
  ],
}).operation;

/** `a` where the bool `condition` holds, `b` elsewhere; the three broadcast. */
export const where: ((condition: Tensor, a: Operand, b: Operand) => Tensor) & {
  readonly operation: Operation;
} = Object.assign(
  (condition: Tensor, a: Operand, b: Operand) => {
    const dtype = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : "float32";
    const lift = (x: Operand) => (x instanceof Tensor ? x : scalar(x, dtype));
    return apply(whereOperation, [condition, lift(a), lift(b)], undefined)[0];
  },
  { operation: whereOperation },
);

/** The same values as another dtype: to int32 it truncates, to bool it asks whether they differ from zero. */
export const cast: Op<[x: Tensor], DType> = primitive({
  name: "cast",
  infer: ([x], dtype) => ({ shape: x.shape, dtype }),
  reference([x], dtype, allocate) {
    const y = allocate(dtype, x.shape);
    for (let i = 0; i < y.data.length; i++) {
      y.data[i] = dtype === "bool" ? Number(x.data[i] !== 0) : x.data[i];
    }
    return y;
  },
  onnx: (emit, [x], { attributes: dtype }) => emit.cast(x, dtype),
  gradient: (dy, { inputs: [x] }) => [x.dtype === "float32" ? dy : "none"],
});

/** The same values, but nothing before them is trained: the gradient stops here. */
export const stopGradient: Op<[x: Tensor]> = primitive({
  name: "stopGradient",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  reference: ([x]) => x,
  onnx: (emit, [x]) => emit("Identity", [x]),
  gradient: "none",
});
