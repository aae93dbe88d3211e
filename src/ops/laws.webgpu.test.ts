/** @file The law of the runtimes on WebGPU: the machine's GPU, or software Vulkan where Debian's chromium is installed. */
import { describe, test } from "vitest";
import { findWebGpu } from "../runtime/onnx/testing/software-vulkan.ts";
import { sizeOf } from "../graph/index.ts";
import type { Sample } from "./laws.samples.ts";
import { expectOnnxAgrees, operations } from "./testing/runtime-law.ts";

const reason = await findWebGpu();
if (reason !== undefined) console.warn(`SKIPPED: the laws on WebGPU. ${reason}`);

/** WGSL promises sin and cos to 2⁻¹¹ only, and the fused layer norm takes its variance from float32 sums of squares. */
const tolerances: Readonly<Record<string, number>> = {
  sin: 2 ** -11,
  cos: 2 ** -11,
  layerNorm: 5e-3, // of numbers around 100: 100² · 2⁻²⁴ against a variance below 1
};

/** ONNX Runtime's WebGPU kernels refuse some tensors of no elements; the CPU's take them. */
const hasElements = ({ inputs }: Sample) => inputs.every(({ shape }) => sizeOf(shape) > 0);

describe.runIf(reason === undefined).each(operations)("on WebGPU: $name", (one) => {
  const { name, operation, cases } = one;
  test.each(cases.filter(({ sample }) => hasElements(sample)))(
    "agrees with the interpreter: $title",
    ({ sample }) => expectOnnxAgrees(operation, sample, { device: "webgpu" }, tolerances[name]),
  );
});
