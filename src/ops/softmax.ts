/** @file Softmax and its logarithm over the last axis. */
import { primitive } from "../graph/index.ts";
import type { Tensor, Values, Op } from "../graph/index.ts";
import { axisOf } from "./axes.ts";
import { exp, mul, requireFloat, sub } from "./elementwise.ts";
import { sum } from "./reduce.ts";

/** Calls `visit` with each row's start, its largest value and Σ exp(x − largest). */
function forEachRow(
  x: Values,
  visit: (start: number, end: number, peak: number, total: number) => void,
): void {
  const n = x.shape[axisOf("softmax", x.shape, -1)];
  for (let start = 0; start < x.data.length; start += n) {
    let peak = -Infinity; // subtracted so that exp cannot overflow
    for (let i = start; i < start + n; i++) peak = Math.max(peak, x.data[i]);
    let total = 0;
    for (let i = start; i < start + n; i++) total += Math.exp(x.data[i] - peak);
    visit(start, start + n, peak, total);
  }
}

function sameSpec(name: string, x: Tensor) {
  requireFloat(name, x);
  axisOf(name, x.shape, -1);
  return { shape: x.shape, dtype: x.dtype };
}

/** Softmax over the last axis: `(…, n) → (…, n)`. */
export const softmax: Op<[x: Tensor]> = primitive({
  name: "softmax",
  infer: ([x]) => sameSpec("softmax", x),
  reference([x], _, allocate) {
    const y = allocate(x.dtype, x.shape);
    forEachRow(x, (start, end, peak, total) => {
      for (let i = start; i < end; i++) y.data[i] = Math.exp(x.data[i] - peak) / total;
    });
    return y;
  },
  onnx: (emit, [x]) => emit("Softmax", [x], { axis: -1 }),
  // dx = y * (dy - sum(dy * y))
  gradient: (dy, { output: y }) => [mul(y, sub(dy, sum(mul(dy, y), { axis: -1, keepDims: true })))],
});

/** log(softmax(x)) over the last axis, exact where softmax underflows: `(…, n) → (…, n)`. */
export const logSoftmax: Op<[x: Tensor]> = primitive({
  name: "logSoftmax",
  infer: ([x]) => sameSpec("logSoftmax", x),
  reference([x], _, allocate) {
    const y = allocate(x.dtype, x.shape);
    forEachRow(x, (start, end, peak, total) => {
      const logTotal = Math.log(total);
      for (let i = start; i < end; i++) y.data[i] = x.data[i] - peak - logTotal;
    });
    return y;
  },
  onnx(emit, [x]) {
    if (emit.has("LogSoftmax")) return emit("LogSoftmax", [x], { axis: -1 });
    const centred = emit("Sub", [x, emit("ReduceMax", [x, emit.ints([-1])])]);
    const total = emit("ReduceSum", [emit("Exp", [centred]), emit.ints([-1])]);
    return emit("Sub", [centred, emit("Log", [total])]);
  },
  // dx = dy - exp(y) * sum(dy)
  gradient: (dy, { output: y }) => [sub(dy, mul(exp(y), sum(dy, { axis: -1, keepDims: true })))],
});
