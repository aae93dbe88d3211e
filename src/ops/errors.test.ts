/** @file What a mistake is answered with: the operation's name, what it expected, what it got. */
import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { Input, tensor } from "../graph/index.ts";
import type { DType, Shape, Tensor } from "../graph/index.ts";
import { gradients } from "../transform/index.ts";
import * as ops from "./index.ts";

const x = (shape: Shape, dtype: DType = "float32"): Tensor => new Input({ shape, dtype }, "x");
const ids = (shape: Shape): Tensor => x(shape, "int32");

const mistakes: [call: () => unknown, message: string][] = [
  [() => ops.add(x([2, 3]), x([4])), "add: expected shapes that broadcast, got (2, 3) and (4,)."],
  [
    () => ops.mul(x([2]), ids([2])),
    "mul: expected numbers of one dtype, got float32 and int32. Use cast().",
  ],
  [
    () => ops.maximum(x([2, 3]), x([2])),
    "maximum: expected shapes that broadcast, got (2, 3) and (2,).",
  ],
  [() => ops.exp(ids([2])), "exp: expected float32 numbers, got int32. Use cast()."],
  [() => ops.softmax(ids([2])), "softmax: expected float32 numbers, got int32. Use cast()."],
  [() => ops.sum(x([2], "bool")), "sum: expected numbers, got bool. Use cast()."],
  [() => ops.mean(ids([2])), "mean: expected float32 numbers, got int32. Use cast()."],
  [
    () => ops.sum(x([2, 3]), { axis: 2 }),
    "sum: expected an axis of a tensor of shape (2, 3), got axis 2.",
  ],
  [() => ops.softmax(x([])), "softmax: expected an axis of a tensor of shape (), got axis -1."],
  [
    () => ops.equal(x([2]), ids([2])),
    "equal: expected operands of one dtype, got float32 and int32.",
  ],
  [() => ops.and(x([2]), x([2])), "and: expected two bool tensors, got float32 and float32."],
  [() => ops.not(x([2])), "not: expected a bool tensor, got float32."],
  [
    () => ops.where(x([2]), x([2]), 0),
    "where: expected a bool condition and two operands of one dtype, got float32, float32, float32.",
  ],
  [
    () => ops.matmul(x([2, 3]), x([2, 3])),
    "matmul: expected shapes (…, M, K) and (…, K, N), got (2, 3) and (2, 3).",
  ],
  [
    () => ops.matmul(x([2, 3]), x([4, 2]), { transposeB: true }),
    "matmul: expected shapes (…, M, K) and (…, K, N), got (2, 3) and (4, 2)ᵀ.",
  ],
  [
    () => ops.matmul(x([3]), x([3, 2])),
    "matmul: expected shapes (…, M, K) and (…, K, N), got (3,) and (3, 2).",
  ],
  [
    () => ops.matmul(x([2, 2, 3]), x([3, 3, 2])),
    "matmul: expected shapes that broadcast, got (2,) and (3,).",
  ],
  [
    () => ops.linear(x([2, 3]), x([4, 5]), x([4])),
    "linear: expected x (…, in), weight (out, in) and bias (out,), got (2, 3), (4, 5), (4,).",
  ],
  [
    () => ops.linear(x([2, 3]), x([4, 3]), x([3])),
    "linear: expected x (…, in), weight (out, in) and bias (out,), got (2, 3), (4, 3), (3,).",
  ],
  [
    () => ops.linear(x([2, 3]), x([4, 5])),
    "linear: expected x (…, in), weight (out, in) and bias (out,), got (2, 3), (4, 5).",
  ],
  [
    () => ops.reshape(x([2, 3]), [4, -1]),
    "reshape: expected a shape of 6 elements, as (2, 3) has, got (4, -1).",
  ],
  [
    () => ops.reshape(x([2, 3]), [-1, -1]),
    "reshape: expected a shape of 6 elements, as (2, 3) has, got (-1, -1).",
  ],
  [
    () => ops.transpose(x([2, 3]), [0, 0]),
    "transpose: expected an order of the axes of (2, 3), got [0,0].",
  ],
  [() => ops.transpose(x([3])), "transpose: expected an order of the axes of (3,), got []."],
  [
    () => ops.broadcastTo(x([3]), [3, 2]),
    "broadcastTo: expected shapes that broadcast, got (3,) and (3, 2).",
  ],
  [
    () => ops.broadcastTo(x([2, 3]), [3]),
    "broadcastTo: expected a shape that (2, 3) stretches to, got (3,).",
  ],
  [
    () => ops.concat([x([2, 3]), x([3, 3])], { axis: 1 }),
    "concat: expected tensors alike but for axis 1, got float32 (2, 3), float32 (3, 3).",
  ],
  [() => ops.concat([], { axis: 0 }), "concat: expected at least one tensor, got none."],
  [
    () => ops.split(x([2, 5]), 2),
    "split: expected an axis of a length that 2 divides, got axis -1 of (2, 5).",
  ],
  [
    () => ops.select(x([2, 3]), 3, { axis: 1 }),
    "select: expected a position from -3 to 2 on axis 1 of (2, 3), got 3.",
  ],
  [() => ops.squeeze(x([2, 3]), 0), "squeeze: expected an axis of length 1, got axis 0 of (2, 3)."],
  [() => ops.gather(x([5, 2]), x([3])), "gather: expected int32 indices, got float32. Use cast()."],
  [
    () => ops.gatherElements(x([2, 3]), ids([3, 1]), { axis: 1 }),
    "gatherElements: expected indices shaped like (2, 3) but for axis 1, got (3, 1).",
  ],
  [
    () => ops.scatterAdd(x([2, 3]), ids([2, 1]), x([2, 2]), { axis: 1 }),
    "scatterAdd: expected float32 updates of the indices' shape (2, 1), got float32 (2, 2).",
  ],
  [() => ops.topK(x([3]), { k: 4 }), "topK: expected k from 1 to 3, got 4."],
  [
    () => ops.layerNorm(x([2, 3]), x([2]), x([3]), { epsilon: 1e-5 }),
    "layerNorm: expected a weight of shape (3,) for (2, 3), got (2,).",
  ],
  [
    () => ops.crossEntropy(x([2, 3, 5]), ids([2])),
    "crossEntropy: expected int32 targets of shape (2, 3), got int32 (2,).",
  ],
  [
    () => ops.crossEntropy(x([2, 3, 5]), ids([3, 2])),
    "crossEntropy: expected int32 targets of shape (2, 3), got int32 (3, 2).",
  ],
  [
    () => ops.attention(x([2, 3]), x([4, 2]), x([4, 2])),
    "attention: expected q (…, T, D), k (…, S, D) and v (…, S, D), got (2, 3), (4, 2), (4, 2).",
  ],
  [() => ops.einsum("ij,jk->ik", x([2, 3])), 'einsum: expected 2 operands for "ij,jk->ik", got 1.'],
  [
    () => ops.einsum("ij,jk->ik", x([2, 3]), x([4, 2])),
    'einsum: expected one length for "j" in "ij,jk->ik", got 3 and 4 in shapes (2, 3) and (4, 2).',
  ],
  [
    () => ops.einsum("ij->i", x([2, 3, 4])),
    'einsum: expected 2 axes for "ij" in "ij->i", got shape (2, 3, 4).',
  ],
  [
    () => ops.einsum("ij->ik", x([2, 3])),
    'einsum: expected each output letter once, and in an operand, got "k" but no operand has it in "ij->ik".',
  ],
  [
    () => ops.einsum("ij->ii", x([2, 3])),
    'einsum: expected each output letter once, and in an operand, got "i" twice in "ij->ii".',
  ],
  [
    () => ops.einsum("i1->i", x([2, 3])),
    'einsum: expected letters as in "bhtd,bhsd->bhts", got "i1->i".',
  ],
  [
    () => tensor([[1, 2], [3]]),
    "tensor: expected nested arrays of shape (2, 2), got rows of different lengths.",
  ],
  [
    () => gradients(x([2]), []),
    "gradients: expected a loss of one element, got shape (2,). Take its mean or sum.",
  ],
];

test.each(mistakes.map(([call, message]) => ({ call, message })))(
  "$message",
  ({ call, message }) => {
    expect(call).toThrow(new UserError(message));
  },
);

test("an index out of range is named when the numbers are asked for", () => {
  const rows = ops.gather(tensor([1, 2, 3]), tensor([3], { dtype: "int32" }));
  expect(() => String(rows)).toThrow("gather: expected indices from 0 to 2, got 3.");
});
