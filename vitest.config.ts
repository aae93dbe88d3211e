/**
 * @file Three suites, chosen by `--mode`: `test` (the default), `slow` (minutes, or gigabytes of memory) and `webgpu` (needs a
 * GPU or a software Vulkan driver). Tests that concern both runtimes run both themselves and prove that ONNX Runtime ran.
 */
import { defineConfig } from "vitest/config";

const slow = "{src,test}/**/*.slow.test.ts";
const webgpu = "{src,test}/**/*webgpu.test.ts";
const minuteMs = 60_000;

const suites = {
  test: { include: ["{src,test}/**/*.test.ts"], exclude: [slow, webgpu], testTimeout: minuteMs },
  slow: { include: [slow], fileParallelism: false, testTimeout: 20 * minuteMs },
  webgpu: {
    include: [webgpu],
    fileParallelism: false,
    testTimeout: 10 * minuteMs,
  },
};

/** Where to leave results for a program to read; `.ci/run` sets it. */
const report = process.env["SCRATCHLM_TEST_REPORT"];

export default defineConfig(({ mode }) => {
  if (!(mode in suites)) throw new Error(`--mode: expected test, slow or webgpu, got "${mode}".`);
  return {
    test: {
      ...suites[mode as keyof typeof suites],
      reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
    },
  };
});
