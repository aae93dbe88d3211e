import { describe, expect, test } from "vitest";
import { DeviceMemory } from "./device-tensor.ts";
import type { TensorValue } from "./element-type.ts";
import { encodeForSession, encodeModel, externalInitializers } from "./model.ts";
import type { OnnxModel, OnnxNode } from "./model.ts";
import { NodeSession } from "./session-node.ts";
import { findWebGpu } from "./testing/software-vulkan.ts";

type Float32Tensor = TensorValue & { readonly data: Float32Array };

const float32 = (shape: number[], numbers?: readonly number[]): Float32Tensor => {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  if (numbers !== undefined) data.set(numbers);
  return { dtype: "float32", shape, data };
};

const reason = await findWebGpu();
if (reason !== undefined) console.warn(`SKIPPED: the tests on WebGPU. ${reason}`);

/** y = x + step, elementwise. */
const add: OnnxModel = {
  nodes: [{ opType: "Add", inputs: ["x", "step"], outputs: ["y"] }],
  inputs: [
    { name: "x", dtype: "float32", shape: ["n"] },
    { name: "step", dtype: "float32", shape: ["n"] },
  ],
  outputs: [{ name: "y", dtype: "float32", shape: ["n"] }],
  initializers: [],
};

describe.runIf(reason === undefined)("on WebGPU", () => {
  const open = (model: OnnxModel): Promise<NodeSession> =>
    NodeSession.create(encodeForSession(model), {
      device: "webgpu",
      initializers: externalInitializers(model),
    });

  test("a session computes what the CPU computes", async () => {
    const size = 192; // its weight of 144 KiB is external
    const shape = [size, size];
    const weight = Float32Array.from(
      { length: size * size },
      (_, i) => ((i * 37) % 101) / 101 - 0.5,
    );
    const nodes: OnnxNode[] = [
      { opType: "MatMul", inputs: ["x", "w"], outputs: ["h"] },
      { opType: "Softmax", inputs: ["h"], outputs: ["y"], attributes: { axis: { int: -1 } } },
    ];
    const model: OnnxModel = {
      nodes,
      inputs: [{ name: "x", dtype: "float32", shape }],
      outputs: [{ name: "y", dtype: "float32", shape }],
      initializers: [{ name: "w", dtype: "float32", shape, data: weight }],
    };
    const x = float32(shape, [...weight].reverse());
    const results: Float32Array[] = [];
    for (const device of ["cpu", "webgpu"] as const) {
      const externals = externalInitializers(model);
      const session = await NodeSession.create(encodeForSession(model), {
        device,
        initializers: externals,
      });
      expect(session.cpuFallbacks).toEqual([]);
      const y = float32(shape);
      await session.run(new Map([["x", x]]), new Map([["y", y]]));
      session.release();
      results.push(y.data);
    }
    const [cpu, gpu] = results;
    const worst = Math.max(...cpu.map((value, index) => Math.abs(value - gpu[index]) / value));
    expect(worst).toBeLessThan(1e-5); // 192 float32 products of at most 1/4, summed in another order
    expect(worst).toBeGreaterThan(0); // and not computed by the same code
  });

  test("an operation left to the CPU is named", async () => {
    const bits = { dtype: "uint8", shape: [4] } as const;
    const session = await open({
      ...add,
      nodes: [
        ...add.nodes,
        {
          opType: "BitShift",
          inputs: ["bits", "bits"],
          outputs: ["shifted"],
          attributes: { direction: { string: "LEFT" } },
        },
      ],
      inputs: [...add.inputs, { name: "bits", ...bits }],
      outputs: [...add.outputs, { name: "shifted", ...bits }],
    });
    expect(session.cpuFallbacks).toEqual(["BitShift"]);
    session.release();
  });

  test("tensors stay on the device from run to run, also updated in place", async () => {
    const memory = await DeviceMemory.open();
    const [first, second] = [await open(add), await open(add)];
    const state = await memory.upload(float32([4], [1, 2, 3, 4]));
    const step = await memory.upload(float32([4], [10, 10, 10, 10]));
    for (const session of [first, second, first]) {
      await session.run(
        new Map([
          ["x", state],
          ["step", step],
        ]),
        new Map([["y", state]]),
      );
    }
    const result = new Float32Array(4);
    await state.read(result);
    expect([...result]).toEqual([31, 32, 33, 34]);
    await state.write(Float32Array.of(5, 6, 7, 8));
    const host = float32([4]);
    const inputs = new Map<string, TensorValue | typeof state>([["x", state]]);
    await first.run(inputs.set("step", float32([4], [1, 1, 1, 1])), new Map([["y", host]]));
    expect([...host.data]).toEqual([6, 7, 8, 9]);
    for (const each of [first, second, state, step, memory]) each.release();
  });

  test("runs of several sessions, copies and releases asked for at once wait for each other", async () => {
    const memory = await DeviceMemory.open();
    const sessions = await Promise.all([open(add), open(add), open(add)]);
    const results = Array.from({ length: 12 }, async (_, index) => {
      const state = await memory.upload(float32([64], Array(64).fill(index)));
      const out = float32([64]);
      const session = sessions[index % sessions.length];
      const step = float32([64], Array(64).fill(100));
      await session.run(
        new Map<string, TensorValue | typeof state>([
          ["x", state],
          ["step", step],
        ]),
        new Map([["y", state]]),
      );
      await state.read(out.data);
      state.release();
      return [...new Set(out.data)];
    });
    const expected = Array.from({ length: 12 }, (_, index) => [100 + index]);
    expect(await Promise.all(results)).toEqual(expected);
    for (const each of [...sessions, memory]) each.release();
  });

  test("what does not fit a device tensor is refused", async () => {
    const memory = await DeviceMemory.open();
    const state = await memory.upload(float32([4], [1, 2, 3, 4]));
    const ids = await memory.allocate("int32", [4]);
    const session = await open(add);
    const onCpu = await NodeSession.create(encodeModel(add));
    const step = float32([4], [1, 1, 1, 1]);
    const inputs = new Map<string, TensorValue | typeof state>([
      ["x", state],
      ["step", step],
    ]);
    const y = new Map([["y", float32([4])]]);
    await expect(state.read(new Float32Array(3))).rejects.toThrow("expected 4 elements");
    await expect(state.write(new Int32Array(4))).rejects.toThrow("expected Float32Array");
    await expect(onCpu.run(inputs, y)).rejects.toThrow("expected host memory");
    const wrong = session.run(inputs, new Map([["y", ids]]));
    await expect(wrong).rejects.toThrow('output "y": expected float32, got int32');
    const short = session.run(inputs, new Map([["y", await memory.allocate("float32", [3])]]));
    await expect(short).rejects.toThrow("onnx runtime: ");
    state.release();
    await expect(session.run(inputs, y)).rejects.toThrow("got one released");
    await expect(state.read(new Float32Array(4))).rejects.toThrow("got one released");
    memory.release();
    await expect(memory.allocate("float32", [4])).rejects.toThrow("got it released");
    for (const each of [session, onCpu, ids]) each.release();
  });

  test("empty and 0-dimensional tensors", async () => {
    const memory = await DeviceMemory.open();
    const scalar = await memory.upload(float32([], [3]));
    const result = new Float32Array(1);
    await scalar.read(result);
    expect([...result]).toEqual([3]);
    const empty = await memory.upload(float32([0, 4]));
    await empty.read(new Float32Array(0));
    for (const each of [scalar, empty, memory]) each.release();
  });
});
