/** @file The laws that every operation obeys, tested at all of its samples. */
import { describe, expect, test } from "vitest";
import { apply, evaluate, Input, sizeOf } from "../graph/index.ts";
import type { Allocate, NumericArray, Operation, Tensor } from "../graph/index.ts";
import { gradients } from "../transform/index.ts";
import { samples } from "./laws.samples.ts";
import type { Sample } from "./laws.samples.ts";
import { expectOnnxAgrees, operations, projection } from "./testing/runtime-law.ts";

/** A sample made into a graph whose float32 inputs can be varied. */
function graphOf(operation: Operation, { inputs, attributes, fixed = [] }: Sample) {
  const leaves = inputs.map((x, i) => new Input({ shape: x.shape, dtype: x.dtype }, `x${i}`));
  const feeds = new Map<Tensor, NumericArray>(leaves.map((leaf, i) => [leaf, inputs[i].data]));
  const varied = leaves.filter(({ dtype }, i) => dtype === "float32" && !fixed.includes(i));
  return { leaves, feeds, varied, outputs: apply(operation, leaves, attributes) };
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

describe.each(operations)("$name", ({ operation, cases }) => {
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
