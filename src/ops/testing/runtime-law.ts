/** @file The law of the runtimes: at every sample, ONNX Runtime computes what the interpreter does, gradients included. */
import { expect } from "vitest";
import { apply, evaluate, formatShape, tensor } from "../../graph/index.ts";
import type { Operation, Tensor, Values } from "../../graph/index.ts";
import { compile } from "../../runtime/index.ts";
import type { CompileOptions } from "../../runtime/index.ts";
import { gradients } from "../../transform/index.ts";
import * as ops from "../index.ts";
import { samples } from "../laws.samples.ts";
import type { OperationName, Sample } from "../laws.samples.ts";

/** Every operation that `ops/index.ts` exports, with its samples. */
export const operations = Object.entries(ops).flatMap(([key, value]) => {
  if (typeof value !== "function" || !("operation" in value)) return [];
  const name = key as OperationName;
  return [
    { name, operation: value.operation as Operation, cases: (samples[name] ?? []).map(titled) },
  ];
});

function titled(sample: Sample): { readonly sample: Sample; readonly title: string } {
  const shapes = sample.inputs.map((x) => `${x.dtype} ${formatShape(x.shape)}`);
  const attributes = sample.attributes === undefined ? [] : [JSON.stringify(sample.attributes)];
  return { sample, title: [...shapes, ...attributes].join(", ") };
}

/** The float tensors as one scalar, with weights without pattern, so that no error of a gradient cancels. */
export function projection(tensors: readonly Tensor[]): Tensor {
  const parts = tensors.flatMap((x, which) => {
    if (x.dtype !== "float32") return [];
    const weights = Float32Array.from({ length: x.size }, (_, i) => Math.cos(7 * i + which + 1));
    return [ops.sum(ops.mul(x, tensor(weights, { shape: x.shape })))];
  });
  return parts.reduce((total, part) => ops.add(total, part), ops.zeros([]));
}

/**
 * Runs a sample and its gradient on ONNX Runtime and on the interpreter. Floats may differ by `tolerance` (1 + |value|):
 * 1e-5 unless said, for sums in another order and another library's exp and tanh; integers and bools are exact.
 */
export async function expectOnnxAgrees(
  operation: Operation,
  sample: Sample,
  options: Pick<CompileOptions, "device" | "isFused">,
  tolerance = 1e-5,
): Promise<void> {
  const withGradients = (...leaves: Tensor[]) => {
    const outputs = apply(operation, leaves, sample.attributes);
    const varied = leaves.filter(({ dtype }) => dtype === "float32");
    const hasSlope = operation.gradient !== "none" && outputs.some((y) => y.dtype === "float32");
    return hasSlope ? [...outputs, ...gradients(projection(outputs), varied)] : outputs;
  };
  const { inputs } = sample;
  const compiled = await compile(withGradients, inputs, { ...options, runtime: "onnx" });
  try {
    const actual = await compiled(...inputs);
    expect([compiled.runtime, compiled.runs]).toEqual(["onnx", 1]); // no silent fallback
    const expected = evaluate(withGradients(...inputs));
    expected.forEach((values, i) => expectSame(actual[i], values, tolerance));
  } finally {
    compiled.release();
  }
}

function expectSame(actual: Values, expected: Values, tolerance: number): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.dtype).toBe(expected.dtype);
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [actual.data[i], expected.data[i]];
    const allowed = expected.dtype === "float32" ? tolerance * (1 + Math.abs(b)) : 0;
    const isSame = Object.is(a, b) || a === b || Math.abs(a - b) <= allowed;
    expect(isSame, `element ${i}: ${a} but the interpreter has ${b}`).toBe(true);
  }
}
