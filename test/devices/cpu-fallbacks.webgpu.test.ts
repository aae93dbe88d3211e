/** @file What a GPU leaves to the CPU is told, in a line for each kind of work. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCaptured } from "../../src/cli/testing/captured-terminal.ts";
import { findWebGpu } from "../../src/runtime/onnx/testing/software-vulkan.ts";

let folder: string;
beforeAll(async () => {
  const reason = await findWebGpu();
  if (reason) throw new Error(`no GPU for this test: ${reason}`);
  folder = await mkdtemp(join(tmpdir(), "webgpu-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("pretrain and generate tell it", async () => {
  await writeFile(
    join(folder, "fox.txt"),
    "the quick brown fox jumps over the lazy dog.\n".repeat(40),
  );
  const sizes = "--num-layers 1 --num-heads 2 --embed-dim 16 --block-size 16 --batch-size 4".split(
    " ",
  );
  const gpu = ["--device", "webgpu"];
  const run = join(folder, "run");
  const words = [
    "pretrain",
    join(folder, "fox.txt"),
    "--run",
    run,
    ...sizes,
    "--max-steps",
    "2",
    ...gpu,
  ];
  const trained = await runCaptured(words);
  const written = await runCaptured([
    "generate",
    "--model",
    run,
    "--max-new-tokens",
    "3",
    "--prompt",
    "the",
    ...gpu,
  ]);
  const line = /^While writing, partly on the CPU: .*\bRange\b.*\.$/m; // positions of a length that is free
  expect(trained.output).toMatch(line);
  expect(trained.output).not.toContain("While training"); // the whole step is on the GPU
  expect([written.exitCode, written.output]).toEqual([0, expect.stringMatching(/^the/)]);
  expect(written.errors).toMatch(line);
});
