import { setImmediate } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { UserError } from "../errors.ts";
import { Parameter } from "../graph/index.ts";
import type { Shape } from "../graph/index.ts";
import { AdamW } from "./adamw-optimizer.ts";
import { layOut, maxMemoryBytes } from "./memory-layout.ts";
import { ParameterMemory, parameterMemoryBytes } from "./parameter-memory.ts";

function parameterOf(name: string, shape: Shape): Parameter {
  const parameter = new Parameter(shape);
  parameter.name = name;
  return parameter;
}

function counting(name: string, length: number): Parameter {
  const parameter = parameterOf(name, [length]);
  parameter.assign(Float32Array.from({ length }, (_, index) => index + 1));
  return parameter;
}

const state = ["mean", "variance"] as const;

test("parameters keep their numbers and become views of memory, 64-byte aligned", async () => {
  const parameters = [counting("a", 5), counting("b", 17), counting("c", 16)];
  const before = parameters.map(({ data }) => data);
  const memory = await ParameterMemory.allocate(parameters, { state });
  expect(parameters.map(({ data }) => data)).toEqual(before);
  const buffers = memory.slots.flatMap(({ parameter, gradient, state }) => [
    parameter.data,
    gradient,
    state.mean,
    state.variance,
  ]);
  expect(new Set(buffers.map(({ buffer }) => buffer)).size).toBe(1);
  expect(buffers.every(({ byteOffset }) => byteOffset % 64 === 0)).toBe(true);
  const ends = buffers.map(({ byteOffset, byteLength }) => byteOffset + byteLength);
  const starts = buffers.map(({ byteOffset }) => byteOffset);
  expect(starts.slice(1).every((start, index) => start >= ends[index])).toBe(true);
});

test("a model that is larger than a memory takes several, to the same result", async () => {
  const lengths = [100, 3, 250, 40, 7];
  const [one, several] = [1, 2].map(() => lengths.map((n, i) => counting(`p${i}`, n)));
  const optimizers = [
    await AdamW.create(one),
    await AdamW.create(several, { limitBytes: 5000 }), // 250 numbers × 4 buffers take 4,096
  ];
  for (const optimizer of optimizers) {
    for (const { gradient, parameter } of optimizer.memory.slots) gradient.set(parameter.data);
    await optimizer.step({ learningRate: 0.1 });
  }
  expect(new Set(several.map(({ data }) => data.buffer)).size).toBe(3);
  expect(several.map(({ data }) => data)).toEqual(one.map(({ data }) => data));
  expect(await optimizers[1].gradientNorm()).toBeCloseTo(await optimizers[0].gradientNorm(), 8);
});

test("GPT-2 XL with AdamW is laid out over memories that 32 bits address", () => {
  const width = 1600;
  const layer = [
    [3 * width, width],
    [width, width],
    [4 * width, width],
    [width, 4 * width],
  ];
  const shapes = [
    [50_257, width],
    [1024, width],
    ...Array.from({ length: 48 }, () => layer).flat(),
  ];
  const parameters = shapes.map((shape, index) => parameterOf(`p${index}`, shape));
  const groups = layOut(parameters, 4);
  expect(groups.flatMap((group) => group.parameters.map(({ parameter }) => parameter))).toEqual(
    parameters,
  );
  expect(groups.length).toBe(6); // 24.9 GB
  for (const { sizeBytes } of groups) expect(sizeBytes).toBeLessThanOrEqual(maxMemoryBytes);
  expect(parameterMemoryBytes(parameters, { state })).toBeGreaterThan(24.8e9);
});

test("a parameter that fits no memory is refused by name, and nothing has changed", async () => {
  const small = counting("small", 8);
  const { data } = small;
  const large = counting("large", 1000);
  const allocated = ParameterMemory.allocate([small, large], { state, limitBytes: 8000 });
  await expect(allocated).rejects.toThrow('parameter "large": expected at most 8000 bytes');
  await expect(allocated).rejects.toBeInstanceOf(UserError);
  expect(small.data).toBe(data);
});

test("a parameter without numbers is refused", async () => {
  const allocated = ParameterMemory.allocate([parameterOf("empty", [3])], { state });
  await expect(allocated).rejects.toThrow('parameter "empty": expected numbers, got none');
});

test("memory that cannot be had is said in bytes, and nothing has changed", async () => {
  const parameter = counting("a", 1000);
  const { data } = parameter;
  const { WebAssembly: api } = globalThis as unknown as { WebAssembly: { Memory: () => object } };
  const Memory = vi.spyOn(api, "Memory").mockImplementation(function () {
    throw new RangeError("WebAssembly.Memory(): could not allocate memory"); // V8's words
  });
  const allocated = ParameterMemory.allocate([parameter], { state });
  await expect(allocated).rejects.toThrow("training: expected 16128 bytes of memory");
  await expect(allocated).rejects.toBeInstanceOf(UserError);
  Memory.mockRestore();
  expect(parameter.data).toBe(data);
});

test("the event loop goes on while a step is at work", async () => {
  const optimizer = await AdamW.create([counting("large", 600_000)]); // three slices
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 11)); // each takes 11 ms
  let isDone = false;
  const stepped = optimizer.step({ learningRate: 0.1 }).then(() => (isDone = true));
  await setImmediate();
  await setImmediate();
  expect(isDone).toBe(false);
  await stepped;
  clock.mockRestore();
});
