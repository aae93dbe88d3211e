import { expect, test } from "vitest";
import { Parameter, tensor } from "../graph/index.ts";
import type { Tensor } from "../graph/index.ts";
import {
  add,
  attention,
  crossEntropy,
  dropout,
  gather,
  geluTanh,
  layerNorm,
  linear,
  positions,
  reshape,
  slice,
  transpose,
} from "../ops/index.ts";
import { Generator } from "../random/index.ts";
import { gradients } from "../transform/index.ts";
import { compile, dimension } from "./index.ts";

const C = 8;
const V = 11;

/** Numbers that look random and are the same everywhere. */
function numbers(count: number, phase: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(1.7 * i + phase) / 2);
}

function parameter(shape: number[], phase: number): Parameter {
  const made = new Parameter(shape);
  made.assign(numbers(made.size, phase));
  return made;
}

const table = parameter([V, C], 0);
const places = parameter([16, C], 1);
const weight = parameter([C, C], 2);
const bias = parameter([C], 3);
const gain = parameter([C], 4);
const shift = tensor(numbers(C, 5));

function logitsOf(ids: Tensor): Tensor {
  const [B, T] = ids.shape;
  const embedded = add(gather(table, ids), gather(places, positions(T)));
  const x = linear(layerNorm(embedded, gain, shift, { epsilon: 1e-5 }), weight, bias);
  const heads = transpose(reshape(x, [B, T, 2, C / 2]), [0, 2, 1, 3]); // (B, H, T, D)
  const mixed = attention(heads, heads, heads, { isCausal: true });
  const joined = reshape(transpose(mixed, [0, 2, 1, 3]), [B, T, C]);
  return linear(geluTanh(joined), table);
}

const largest = (data: ArrayLike<number>) => Math.max(...Array.from(data, Math.abs));

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  const scale = largest(expected) + 1e-6;
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs(actual[i] - expected[i]) / scale).toBeLessThan(1e-5); // float32 sums in another order
  }
}

test("a training graph gives the same numbers on both runtimes", async () => {
  const step = (ids: Tensor, targets: Tensor) => {
    const loss = crossEntropy(logitsOf(ids), targets);
    return [loss, ...gradients(loss, [table, weight, bias, gain])];
  };
  const specs = [
    { dtype: "int32", shape: [2, 3] },
    { dtype: "int32", shape: [2, 3] },
  ] as const;
  const inputs = [Int32Array.of(1, 2, 3, 3, 2, 10), Int32Array.of(2, 3, 4, 2, -100, 1)];
  const reference = await compile(step, specs, { runtime: "reference" });
  const onnx = await compile(step, specs, { runtime: "onnx" });
  const unfused = await compile(step, specs, { runtime: "onnx", isFused: false });
  const expected = await reference(...inputs);
  for (const compiled of [onnx, unfused]) {
    const actual = await compiled(...inputs);
    expect(compiled.runs).toBe(1);
    actual.forEach(({ data }, i) => expectClose(data, expected[i].data));
    compiled.release();
  }
});

test("named lengths may differ at each run", async () => {
  const specs = [{ dtype: "int32", shape: [dimension("B", 4), dimension("T", 6)] }] as const;
  const reference = await compile((ids) => [logitsOf(ids)], specs, { runtime: "reference" });
  const onnx = await compile((ids) => [logitsOf(ids)], specs, { parameters: "initializers" });
  for (const [B, T] of [
    [1, 1],
    [2, 9],
    [5, 16],
  ]) {
    const data = Int32Array.from({ length: B * T }, (_, i) => (i * 7) % V);
    const ids = { dtype: "int32", shape: [B, T], data } as const;
    const [expected] = await reference(ids);
    const [actual] = await onnx(ids);
    expect(actual.shape).toEqual([B, T, V]);
    expectClose(actual.data, expected.data);
  }
  onnx.release();
});

test("a prepared run reads what its arrays hold at each run, whatever the runtime and the parameters", async () => {
  const specs = [{ dtype: "int32", shape: [1, dimension("T", 6)] }] as const;
  const settings = [
    { runtime: "reference" },
    { runtime: "onnx" },
    { runtime: "onnx", parameters: "initializers" },
  ] as const;
  for (const options of settings) {
    const compiled = await compile((ids) => [logitsOf(ids)], specs, options);
    const ids = Int32Array.of(3, 1, 4);
    const logits = new Float32Array(3 * V);
    const prepared = compiled.prepare([logits], [ids]);
    for (const first of [3, 7]) {
      ids[0] = first;
      await prepared.run();
      expectClose(logits, (await compiled(ids.slice()))[0].data);
    }
    expect(compiled.runs).toBe(4);
    prepared.release();
    compiled.release();
  }
});

test("a sample length may equal any other number of the graph", async () => {
  for (const sample of [4, 5, 8, 9, 11]) {
    const specs = [{ dtype: "int32", shape: [1, dimension("T", sample)] }] as const;
    const last = (ids: Tensor) => [slice(logitsOf(ids), { axis: 1, start: -1 })];
    const reference = await compile(last, specs, { runtime: "reference" });
    const onnx = await compile(last, specs, { runtime: "onnx" });
    const ids = Int32Array.of(3, 1, 4, 1, 5, 9, 2);
    expectClose((await onnx(ids))[0].data, (await reference(ids))[0].data);
    onnx.release();
  }
});

test("random draws follow no named length on ONNX Runtime, and say so", async () => {
  const generator = new Generator(1);
  const drop = (x: Tensor) => [dropout(x, 0.5, generator)];
  const spec = { dtype: "float32", shape: [dimension("T", 5)] } as const;
  await expect(compile(drop, [spec], { runtime: "onnx" })).rejects.toThrow("draws of fixed shapes");
});
