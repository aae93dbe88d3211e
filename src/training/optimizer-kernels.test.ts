import { expect, test } from "vitest";
import { accumulateKernel, kernels, sumOfSquaresKernel } from "./optimizer-kernels.ts";
import { allocateMemory, instantiate } from "../wasm/index.ts";

const memory = allocateMemory(2);
const exports = instantiate(
  kernels.map((kernel) => kernel.function),
  memory,
);
const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 31, 32, 33];

/** Two buffers with a number that must not change behind each. */
function buffers(length: number): [Float32Array, Float32Array] {
  const first = new Float32Array(memory.buffer, 0, length + 1);
  const second = new Float32Array(memory.buffer, 1024, length + 1);
  first.set(Float32Array.from({ length: length + 1 }, (_, i) => i * 0.37 - 3));
  second.set(Float32Array.from({ length: length + 1 }, (_, i) => 5 - i * i * 0.11));
  return [first, second];
}

test.each(lengths)("%i elements are summed, and no more", (length) => {
  const [sum, addend] = buffers(length);
  const expected = sum.map((value, i) => (i < length ? value + addend[i] : value));
  const untouched = addend.slice();
  exports[accumulateKernel.function.name](0, 1024, length);
  expect(sum).toEqual(expected);
  expect(addend).toEqual(untouched);
});

test.each(lengths)("the squares of %i elements are added up in double precision", (length) => {
  const [values] = buffers(length);
  const expected = values.subarray(0, length).reduce((total, value) => total + value * value, 0);
  const found = exports[sumOfSquaresKernel.function.name](0, length)!;
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-14 * expected); // another order of adding
});

test("squares that float32 cannot hold are added up", () => {
  const [values] = buffers(4);
  values.set([1e30, 1e-30, 0, 0]);
  const expected = Math.fround(1e30) ** 2 + Math.fround(1e-30) ** 2;
  expect(exports[sumOfSquaresKernel.function.name](0, 4)).toBe(expected);
});
