import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Input, Parameter, primitive, tensor } from "./index.ts";
import type { DType, NumericArray, Op, Tensor } from "./index.ts";

interface Case {
  readonly name: string;
  readonly shape: number[];
  readonly dtype: DType;
  /** Numbers, or "nan", "inf", "-inf", "-0"; or "range", which counts up from 0. */
  readonly data: "range" | (number | boolean | string)[];
  readonly parameter: boolean;
  readonly text: string;
}

const file = new URL("../../test/fixtures/print/answers.json", import.meta.url);
const cases: Case[] = JSON.parse(readFileSync(file, "utf8"));

function numbersOf({ shape, data }: Case): number[] {
  const size = shape.reduce((product, length) => product * length, 1);
  if (data === "range") return Array.from({ length: size }, (_, at) => at);
  return data.map((x) =>
    typeof x === "string" ? Number(x.replace("inf", "Infinity")) : Number(x),
  );
}

function build(one: Case): Tensor {
  const numbers = numbersOf(one);
  if (one.parameter) {
    const parameter = new Parameter(one.shape);
    parameter.assign(Float32Array.from(numbers));
    return parameter;
  }
  const classes = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };
  const data: NumericArray = classes[one.dtype].from(numbers);
  return tensor(data, { shape: one.shape, dtype: one.dtype });
}

const half: Op<[x: Tensor]> = primitive({
  name: "half",
  infer: ([x]) => x,
  reference: ([x]) => ({ ...x, data: Float32Array.from(x.data, (value) => value / 2) }),
  onnx: (emit, [x]) => emit("Mul", [x, emit.scalar(0.5, "float32")]),
  gradient: (dy) => [half(dy)],
});

test("the fixture holds at least 40 tensors", () => expect(cases.length).toBeGreaterThan(40));

test.each(cases)("prints as PyTorch does: $name", (one) => {
  expect(String(build(one))).toBe(one.text);
});

test("a tensor that is computed prints its numbers", () => {
  expect(String(half(tensor([1, 2])))).toBe("tensor([0.5000, 1.0000])");
});

test("a tensor without numbers prints its dtype and shape", () => {
  const input = new Input({ shape: [2, 3], dtype: "float32" }, "x");
  expect(String(input)).toBe("Tensor(float32 (2, 3))");
  expect(String(half(input))).toBe("Tensor(float32 (2, 3))");
  expect(String(new Parameter([4]))).toBe("Tensor(float32 (4,))");
});

test("a frozen parameter does not claim to be trained", () => {
  const parameter = new Parameter([1]);
  parameter.assign(Float32Array.of(2));
  parameter.frozen = true;
  expect(String(parameter)).toBe("Parameter containing:\ntensor([2.])");
});
