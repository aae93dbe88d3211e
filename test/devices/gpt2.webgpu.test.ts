/** @file GPT-2's training step on a GPU. Runs where there is one, or Debian's chromium for its software Vulkan. */
import { beforeAll, expect, test } from "vitest";
import { Generator } from "../../src/random/index.ts";
import type { Tensor } from "../../src/graph/index.ts";
import { Gpt2 } from "../../src/models/index.ts";
import { initialize, namedParameters } from "../../src/nn/index.ts";
import { compile } from "../../src/runtime/index.ts";
import { findWebGpu } from "../../src/runtime/onnx/testing/software-vulkan.ts";
import { gradients } from "../../src/transform/index.ts";

beforeAll(async () => {
  const reason = await findWebGpu();
  if (reason) throw new Error(`no GPU for this test: ${reason}`);
});

const config = {
  ...{ vocabSize: 97, contextLength: 16, embedDim: 32, numHeads: 4, numLayers: 2 },
  ...{ dropoutRate: 0, hasQkvBias: true, hasTiedHead: true },
};

function ids(phase: number): Int32Array {
  return Int32Array.from({ length: 32 }, (_, i) => (i * 31 + phase) % config.vocabSize);
}

test("loss and every gradient are those of the interpreter", async () => {
  const model = new Gpt2(config);
  initialize(model, new Generator(1), { scheme: "gpt2" });
  const parameters = [...namedParameters(model).values()];
  const step = (inputs: Tensor, targets: Tensor) => {
    const loss = model.loss(inputs, targets);
    return [loss, ...gradients(loss, parameters)];
  };
  const spec = { dtype: "int32", shape: [2, 16] } as const;
  const reference = await compile(step, [spec, spec], { runtime: "reference" });
  const gpu = await compile(step, [spec, spec], { runtime: "onnx", device: "webgpu" });
  const expected = await reference(ids(1), ids(5));
  const actual = await gpu(ids(1), ids(5));
  expect(gpu.runs).toBe(1);
  for (const [i, { data }] of expected.entries()) {
    const off = Array.from(data, (x, j) => Math.abs(actual[i].data[j] - x));
    const scale = Math.max(...Array.from(data, Math.abs), 1e-6);
    expect(Math.max(...off) / scale).toBeLessThan(1e-4); // float32 sums in another order
  }
  expect(gpu.cpuFallbacks).toEqual([]);
  gpu.release();
});
