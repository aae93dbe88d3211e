/** @file Activation functions: plain functions over primitives, some with a fused spelling. */
import { composite } from "../graph/index.ts";
import type { Op, Tensor } from "../graph/index.ts";
import {
  abs,
  add,
  erf,
  exp,
  log,
  maximum,
  minimum,
  mul,
  neg,
  sigmoid,
  sub,
  tanh,
} from "./elementwise.ts";

const sqrtTwoOverPi = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/** max(x, 0). */
export const relu = (x: Tensor): Tensor => maximum(x, 0);

/** GELU, exact: x Φ(x) (https://arxiv.org/abs/1606.08415). */
export const gelu: Op<[x: Tensor]> = composite({
  name: "gelu",
  body: ([x]) => mul(mul(x, 0.5), add(1, erf(mul(x, Math.SQRT1_2)))),
  onnx: (emit, [x]) => emit("com.microsoft.Gelu", [x]),
});

/** GELU by the tanh approximation, as GPT-2 computes it; `torch.nn.functional.gelu(approximate="tanh")`. */
export const geluTanh: Op<[x: Tensor]> = composite({
  name: "geluTanh",
  body: ([x]) => mul(mul(x, 0.5), add(1, tanh(innerOf(x)))),
  // the fused operator takes no scalar
  onnx: (emit, [x], { output }) =>
    output.shape.length > 0 ? emit("com.microsoft.FastGelu", [x]) : undefined,
  // y = x σ(z) with z = x (a + b x²), so with s = σ(z): dx = dy (s + (y − y s) z′)
  gradient(dy, { inputs: [x], output: y }) {
    const a = 2 * sqrtTwoOverPi;
    const b = a * cubic;
    const inner = mul(mul(x, x), b);
    const s = sigmoid(mul(x, add(inner, a)));
    const slope = add(mul(inner, 3), a); // z′
    return [mul(dy, add(s, mul(sub(y, mul(y, s)), slope)))];
  },
});

/** √(2/π) (x + 0.044715 x³), with three products. */
const innerOf = (x: Tensor): Tensor =>
  mul(x, add(mul(mul(x, x), cubic * sqrtTwoOverPi), sqrtTwoOverPi));

/** log σ(x), exact where σ underflows. */
export const logSigmoid = (x: Tensor): Tensor => sub(minimum(x, 0), log(add(1, exp(neg(abs(x))))));

/** SiLU (swish): x σ(x) (https://arxiv.org/abs/1702.03118). */
export const silu: Op<[x: Tensor]> = composite({
  name: "silu",
  body: ([x]) => mul(x, sigmoid(x)),
});
