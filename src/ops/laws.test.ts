/** @file The laws that every operation obeys, tested at all of its samples. */
import { describe, expect, test } from "vitest";
import { apply, evaluate, formatShape, Input, sizeOf, tensor } from "../graph/index.ts";
import type { Allocate, NumericArray, Operation, Tensor, Values } from "../graph/index.ts";
import { compile } from "../runtime/index.ts";
import type { CompileOptions } from "../runtime/index.ts";
import { gradients } from "../transform/index.ts";
import * as ops from "./index.ts";
import { samples } from "./laws.samples.ts";
import type { OperationName, Sample } from "./laws.samples.ts";

const { add, mul, sum, zeros } = ops;
const device = process.env["SCRATCHLM_DEVICE"] === "webgpu" ? "webgpu" : "cpu";

const operations = Object.entries(ops).flatMap(([name, value]) =>
  typeof value === "function" && "operation" in value
    ? [{ name: name as OperationName, operation: value.operation as Operation }]
    : [],
);

function describeSample({ inputs, attributes }: Sample): string {
  const shapes = inputs.map((x) => `${x.dtype} ${formatShape(x.shape)}`);
  return [...shapes, ...(attributes === undefined ? [] : [JSON.stringify(attributes)])].join(", ");
}

/** A sample made into a graph whose float32 inputs can be varied. */
function graphOf(operation: Operation, { inputs, attributes, fixed = [] }: Sample) {
  const leaves = inputs.map((x, i) => new Input({ shape: x.shape, dtype: x.dtype }, `x${i}`));
  const feeds = new Map<Tensor, NumericArray>(leaves.map((leaf, i) => [leaf, inputs[i].data]));
  const varied = leaves.filter(({ dtype }, i) => dtype === "float32" && !fixed.includes(i));
  return { leaves, feeds, varied, outputs: apply(operation, leaves, attributes) };
}

/** Weights without pattern, so that no error of a gradient cancels in the projection. */
function projection(tensors: readonly Tensor[]): Tensor {
  const parts = tensors.flatMap((x, which) => {
    if (x.dtype !== "float32") return [];
    const weights = Float32Array.from({ length: x.size }, (_, i) => Math.cos(7 * i + which + 1));
    return [sum(mul(x, tensor(weights, { shape: x.shape })))];
  });
  return parts.reduce((total, part) => add(total, part), zeros([]));
}

const inDouble = (roots: readonly Tensor[], feeds: ReadonlyMap<Tensor, NumericArray>) =>
  evaluate(roots, { feeds, precision: "float64" });

/** d(loss)/dx in double precision by central differences, and how far its numbers may be off. */
function finiteDifferences(loss: Tensor, x: Tensor, feeds: ReadonlyMap<Tensor, NumericArray>) {
  const point = Float64Array.from(feeds.get(x)!);
  const lossAt = (i: number, value: number) => {
    const moved = new Map(feeds).set(x, point.with(i, value));
    return inDouble([loss], moved)[0].data[0];
  };
  return Array.from(point, (value, i) => {
    const h = 1e-5 * Math.min(Math.max(Math.abs(value), 0.1), 10);
    const [above, below] = [lossAt(i, value + h), lossAt(i, value - h)];
    const slope = (above - below) / (2 * h);
    // float32 constants and truncation (h² f‴), and the rounding of the two losses
    return { slope, tolerance: 1e-6 * (1 + Math.abs(slope)) + (1e-15 * Math.abs(above)) / h };
  });
}

function expectSlopes(
  loss: Tensor,
  varied: readonly Tensor[],
  feeds: ReadonlyMap<Tensor, NumericArray>,
) {
  const dxs = gradients(loss, varied);
  for (const [which, { data }] of inDouble(dxs, feeds).entries()) {
    expect(dxs[which].shape).toEqual(varied[which].shape);
    for (const [i, { slope, tolerance }] of finiteDifferences(
      loss,
      varied[which],
      feeds,
    ).entries()) {
      const off = Math.abs(data[i] - slope);
      expect(off, `input ${which}, element ${i}: ${data[i]} but ${slope}`).toBeLessThan(tolerance);
    }
  }
}

const isDifferentiable = ({ gradient }: Operation, { inputs, hasKink }: Sample) =>
  gradient !== "none" && !hasKink && inputs.some((x) => x.dtype === "float32" && x.size > 0);

/** Runs the graph of a sample on ONNX Runtime, with its gradient, and compares with the interpreter. */
async function expectOnnxAgrees(operation: Operation, sample: Sample, options: CompileOptions) {
  const withGradients = (...leaves: Tensor[]) => {
    const outputs = apply(operation, leaves, sample.attributes);
    const varied = leaves.filter(({ dtype }) => dtype === "float32");
    if (operation.gradient === "none" || !outputs.some(({ dtype }) => dtype === "float32")) {
      return outputs;
    }
    return [...outputs, ...gradients(projection(outputs), varied)];
  };
  const { inputs } = sample;
  const compiled = await compile(withGradients, inputs, { ...options, runtime: "onnx", device });
  const actual = await compiled(...inputs);
  expect([compiled.runtime, compiled.runs]).toEqual(["onnx", 1]);
  compiled.release();
  const expected = evaluate(withGradients(...inputs));
  expected.forEach((values, i) => expectSame(actual[i], values));
}

function expectSame(actual: Values, expected: Values) {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.dtype).toBe(expected.dtype);
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [actual.data[i], expected.data[i]];
    const isClose = Object.is(a, b) || a === b || Math.abs(a - b) <= toleranceOf(expected, b);
    expect(isClose, `element ${i}: ${a} but the interpreter has ${b}`).toBe(true);
  }
}

/** Integers and bools are exact; floats differ by the order of sums and by the library's exp and tanh. */
const toleranceOf = ({ dtype }: Values, value: number) =>
  dtype === "float32" ? 1e-5 * (1 + Math.abs(value)) : 0;

test("every operation has samples, and they sample nothing else", () => {
  expect(Object.keys(samples).sort()).toEqual(operations.map(({ name }) => name).sort());
  for (const list of Object.values(samples)) expect(list.length).toBeGreaterThan(0);
});

test("only stopGradient cuts a path of floats", () => {
  const cut = operations.filter(({ name, operation }) => {
    const isFloat = (sample: Sample) =>
      graphOf(operation, sample).outputs.some((y) => y.dtype === "float32");
    const takesFloats = ({ inputs }: Sample) => inputs.some(({ dtype }) => dtype === "float32");
    return (
      operation.gradient === "none" && samples[name].some((one) => takesFloats(one) && isFloat(one))
    );
  });
  expect(cut.map(({ name }) => name)).toEqual(["stopGradient"]);
});

describe.each(operations)("$name", ({ name, operation }) => {
  const cases = samples[name].map((sample) => ({ sample, title: describeSample(sample) }));
  const differentiable = cases.filter(({ sample }) => isDifferentiable(operation, sample));

  test.each(cases)("infers the interpreter's shape and dtype: $title", ({ sample }) => {
    const { inputs, attributes } = sample;
    const specs = operation.infer(inputs, attributes);
    const results = operation.reference
      ? operation.reference(inputs, attributes, allocate)
      : evaluate(apply(operation, inputs, attributes));
    expect(specs.length).toBe(results.length);
    for (const [i, { shape, dtype, data }] of results.entries()) {
      expect([shape, dtype]).toEqual([specs[i].shape, specs[i].dtype]);
      expect([data.constructor, data.length]).toEqual([arrays[dtype], sizeOf(shape)]);
    }
  });

  test.each(cases)("ONNX Runtime agrees with the interpreter: $title", ({ sample }) =>
    expectOnnxAgrees(operation, sample, {}),
  );

  if (operation.body) {
    test.each(cases)("ONNX Runtime's body agrees with the interpreter: $title", ({ sample }) =>
      expectOnnxAgrees(operation, sample, { isFused: false }),
    );
  }

  if (differentiable.length > 0) {
    test.each(differentiable)("gradient is the slope: $title", ({ sample }) => {
      const { feeds, varied, outputs } = graphOf(operation, sample);
      expectSlopes(projection(outputs), varied, feeds);
    });

    test.each(differentiable)("gradient's gradient is its slope: $title", ({ sample }) => {
      const { feeds, varied, outputs } = graphOf(operation, sample);
      const dxs = gradients(projection(outputs), varied);
      expectSlopes(projection(dxs), varied, feeds);
    });
  }

  if (operation.body && operation.gradient) {
    test.each(differentiable)("own gradient is the body's: $title", ({ sample }) => {
      const own = graphOf(operation, sample);
      const body = graphOf({ ...operation, gradient: undefined }, sample);
      const actual = inDouble(gradients(projection(own.outputs), own.varied), own.feeds);
      const expected = inDouble(gradients(projection(body.outputs), body.varied), body.feeds);
      for (const [which, { data }] of expected.entries()) {
        // both in double; constants are float32
        data.forEach((x, i) => expect(actual[which].data[i]).toBeCloseTo(x, 6));
      }
    });
  }
});

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };
const allocate: Allocate = (dtype, shape) => {
  return { dtype, shape, data: new arrays[dtype](sizeOf(shape)) };
};
