import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCaptured } from "./testing/captured-terminal.ts";

test("a preset is shown with the published number of parameters, without making the model", async () => {
  const { exitCode, output } = await runCaptured(["inspect", "gpt2"]);
  expect(exitCode).toBe(0);
  expect(output).toMatch(/^total +124,439,808/m); // as on Hugging Face
  expect(output).toMatch(/^tokenEmbedding\.weight +\(50257, 768\) +38,597,376 +31\.0 %/m);
  expect(output).toMatch(/^blocks\.\*\.feedForward\.up\.weight +12 × \(3072, 768\) +28,311,552/m);
  expect(output).toContain("weights in float32: 498 MB");
  expect(output).toContain("KV cache in float32: 73.7 kB a token, 75.5 MB for the whole context");
});

test("JSON has the same for a program to read", async () => {
  const words = ["inspect", "gpt2-medium", "--json", "--batch-size", "2", "--block-size", "64"];
  const shown = JSON.parse((await runCaptured(words)).output);
  expect(shown).toMatchObject({ total: 354_823_168, batchSize: 2, blockSize: 64 });
  expect(shown.weightBytes).toBe(4 * 354_823_168);
  const sum = shown.groups.reduce(
    (total: number, { count }: { count: number }) => total + count,
    0,
  );
  expect(sum).toBe(shown.total);
});

test("a run is shown with its losses and checkpoints, its checkpoint as a model", async () => {
  const folder = await mkdtemp(join(tmpdir(), "inspect-"));
  const run = join(folder, "run");
  await writeFile(join(folder, "a.txt"), "hello world\n".repeat(60));
  const recipe =
    "--num-layers 1 --embed-dim 8 --block-size 16 --max-steps 4 --checkpoint-interval 2";
  await runCaptured(["pretrain", join(folder, "a.txt"), "--run", run, ...recipe.split(" ")]);
  const { output } = await runCaptured(["inspect", run]);
  expect(output).toMatch(/step 4 of a run of 4 steps: loss \d/);
  expect(output).toContain("checkpoints: 2, 4");
  expect(output).toContain("loss by step");
  const json = JSON.parse((await runCaptured(["inspect", run, "--json"])).output);
  expect(json.run.log.filter((entry: object) => "loss" in entry)).toHaveLength(4);
  const checkpoint = await runCaptured(["inspect", json.run.checkpoints[0].path]);
  expect(checkpoint.output).toContain("width 8");
  await rm(folder, { recursive: true });
});

test.each([
  [
    ["gpt2-meduim"],
    "gpt2-meduim: expected a run, a model or a preset, got none. Did you mean gpt2-medium?",
  ],
  [[], "inspect: expected one run, model or preset, got none"],
  [["gpt2", "gpt2-xl"], "got 2"],
  [["gpt2", "--model", "gpt2"], "got 2"],
  [["src"], "src: expected config.json and model.safetensors, one GGUF file"],
])("%j is one line", async (words, message) => {
  const { exitCode, errors } = await runCaptured(["inspect", ...words]);
  expect(exitCode).toBe(1);
  expect(errors).toContain(message);
});
