/** @file Values and gradients against PyTorch's, for every operation that has a twin there. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { evaluate, Input, tensor } from "../graph/index.ts";
import type { NumericArray, Spec, Tensor } from "../graph/index.ts";
import { gradients } from "../transform/index.ts";
import * as ops from "./index.ts";

interface Numbers extends Spec {
  readonly data: number[];
}

interface Case {
  readonly name: string;
  readonly inputs: Numbers[];
  readonly outputs: Numbers[];
  /** d(loss)/dx of each float input. */
  readonly gradients: number[][];
}

const file = new URL("../../test/fixtures/ops/answers.json", import.meta.url);
const cases: Case[] = JSON.parse(readFileSync(file, "utf8"));

type Twin = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

const twins: Readonly<Record<string, Twin>> = {
  gelu: ops.gelu,
  geluTanh: ops.geluTanh,
  silu: ops.silu,
  relu: ops.relu,
  logSigmoid: ops.logSigmoid,
  erf: ops.erf,
  sigmoid: ops.sigmoid,
  tanh: ops.tanh,
  pow: ops.pow,
  "abs at zero": ops.abs,
  "maximum with ties": ops.maximum,
  "minimum with ties": ops.minimum,
  "clip at its limits": (x) => ops.clip(x, -1, 1),
  where: ops.where,
  maskedFill: (x, mask) => ops.maskedFill(x, mask, -9),
  "sum over axes": (x) => ops.sum(x, { axis: [0, 2] }),
  mean: (x) => ops.mean(x, { axis: 1, keepDims: true }),
  variance: (x) => ops.variance(x, { axis: -1 }),
  "variance, biased": (x) => ops.variance(x, { axis: [0, 1], correction: 0, keepDims: true }),
  std: (x) => ops.std(x, { axis: 0 }),
  "max with ties": (x) => ops.max(x, { axis: -1 }),
  "min with ties": (x) => ops.min(x, { axis: 0 }),
  logSumExp: (x) => ops.logSumExp(x, { axis: -1 }),
  "argMax of equals": (x) => ops.argMax(x),
  cumulativeSum: (x) => ops.cumulativeSum(x, { axis: 1 }),
  softmax: ops.softmax,
  logSoftmax: ops.logSoftmax,
  layerNorm: (x, weight, bias) => ops.layerNorm(x, weight, bias, { epsilon: 1e-5 }),
  rmsNorm: (x, weight) => ops.rmsNorm(x, weight, { epsilon: 1e-6 }),
  linear: ops.linear,
  crossEntropy: (logits, targets) => ops.crossEntropy(logits, targets),
  "crossEntropy of batches": (logits, targets) => ops.crossEntropy(logits, targets),
  "crossEntropy with ignored targets": (logits, targets) => ops.crossEntropy(logits, targets),
  "crossEntropy with ignoreIndex 0": (logits, targets) =>
    ops.crossEntropy(logits, targets, { ignoreIndex: 0 }),
  "crossEntropy of sure logits": (logits, targets) => ops.crossEntropy(logits, targets),
  binaryCrossEntropy: ops.binaryCrossEntropy,
  "gather rows": ops.gather,
  gatherElements: (x, indices) => ops.gatherElements(x, indices, { axis: 1 }),
  scatterAdd: (x, indices, updates) => ops.scatterAdd(x, indices, updates, { axis: 0 }),
  topK: (x) => ops.topK(x, { k: 3 }),
  attention: (q, k, v) => ops.attention(q, k, v),
  "attention, causal": (q, k, v) => ops.attention(q, k, v, { isCausal: true }),
  "attention with a mask": (q, k, v, mask) => ops.attention(q, k, v, { mask }),
  "attention with a bias and a scale": (q, k, v, bias) =>
    ops.attention(q, k, v, { bias, scale: 0.3 }),
  "grouped-query attention": (q, k, v) =>
    ops.attention(q, ops.repeat(k, 2, { axis: 1 }), ops.repeat(v, 2, { axis: 1 })),
  repeat: (x) => ops.repeat(x, 3, { axis: 1 }),
  tile: (x) => ops.tile(x, 3, { axis: 1 }),
  oneHot: (indices) => ops.oneHot(indices, 4),
  tril: (x) => ops.tril(x),
  "triu above the diagonal": (x) => ops.triu(x, 1),
  "tril below the diagonal": (x) => ops.tril(x, -1),
  select: (x) => ops.select(x, -1, { axis: 1 }),
  stack: (a, b) => ops.stack([a, b], { axis: 1 }),
  "stack at the end": (a, b) => ops.stack([a, b], { axis: -1 }),
  split: (x) => ops.split(x, 3),
  transpose: (x) => ops.transpose(x, [2, 0, 1]),
  "matmul, broadcast": (a, b) => ops.matmul(a, b),
  "rotary positions": rotary,
  "mixture of experts": mixture,
};

/** RoPE with rotated halves, `(…, T, D) → (…, T, D)`. */
function rotary(x: Tensor): Tensor {
  const [T, D] = x.shape.slice(-2);
  const exponents = ops.mul(ops.cast(ops.iota(D / 2), "float32"), -2 / D);
  const frequencies = ops.pow(tensor(10000), exponents);
  const angles = ops.einsum("t,d->td", ops.cast(ops.iota(T), "float32"), frequencies);
  const both = ops.tile(angles, 2, { axis: -1 }); // (T, D)
  const [left, right] = ops.split(x, 2);
  const turned = ops.concat([ops.neg(right), left], { axis: -1 });
  return ops.add(ops.mul(x, ops.cos(both)), ops.mul(turned, ops.sin(both)));
}

/** Two of E experts a token: `x (T, C)`, `gate (C, E)`, `up (E, C, D)` → `(T, D)`. */
function mixture(x: Tensor, gate: Tensor, up: Tensor): Tensor {
  const [scores, chosen] = ops.topK(ops.matmul(x, gate), { k: 2 });
  const picks = ops.oneHot(chosen, up.shape[0]); // (T, 2, E)
  const shares = ops.einsum("tk,tke->te", ops.softmax(scores), picks);
  return ops.einsum("te,ted->td", shares, ops.silu(ops.einsum("tc,ecd->ted", x, up)));
}

function twinOf(name: string): Twin {
  if (!name.startsWith("einsum ")) return twins[name];
  return (...inputs) => ops.einsum(name.slice("einsum ".length), ...inputs);
}

/** The loss that the fixture's gradients are of. */
function lossOf(outputs: readonly Tensor[]): Tensor {
  const parts = outputs.flatMap((y, which) => {
    if (y.dtype !== "float32") return [];
    const weights = Float64Array.from({ length: y.size }, (_, i) => Math.cos(7 * i + which + 1));
    return [ops.sum(ops.mul(y, tensor(weights, { shape: y.shape })))];
  });
  return parts.reduce((total, part) => ops.add(total, part), ops.zeros([]));
}

/** Both sides compute in double; constants like √(2/π) are float32 here, and the answers have nine digits. */
function expectNumbers(actual: NumericArray, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    const message = `element ${i}: ${actual[i]} but PyTorch has ${value}`;
    expect(Math.abs(actual[i] - value), message).toBeLessThanOrEqual(1e-7 * (1 + Math.abs(value)));
  }
}

describe("equals PyTorch", () => {
  test("the fixture has all twins", () => {
    const names = cases.map(({ name }) => name).filter((name) => !name.startsWith("einsum "));
    expect(names.sort()).toEqual(Object.keys(twins).sort());
  });

  test.each(cases)("$name", ({ name, inputs, outputs, gradients: slopes }) => {
    const leaves = inputs.map((spec, i) => new Input(spec, `x${i}`));
    const feeds = new Map<Tensor, NumericArray>(
      leaves.map((leaf, i) => [leaf, Float64Array.from(inputs[i].data)]),
    );
    const result = twinOf(name)(...leaves);
    const actual = Array.isArray(result) ? (result as Tensor[]) : [result as Tensor];
    const results = evaluate(actual, { feeds, precision: "float64" });
    expect(results.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
      outputs.map(({ shape, dtype }) => ({ shape, dtype })),
    );
    results.forEach(({ data }, i) => expectNumbers(data, outputs[i].data.map(Number)));
    if (slopes.length === 0) return;
    const varied = leaves.filter(({ dtype }) => dtype === "float32");
    const dxs = gradients(lossOf(actual), varied);
    const found = evaluate(dxs, { feeds, precision: "float64" });
    expect(found.length).toBe(slopes.length);
    found.forEach(({ data }, i) => expectNumbers(data, slopes[i]));
  });
});
