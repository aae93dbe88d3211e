/** @file A run that has not come far: stopped before its first step, or before its first checkpoint. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRun, viewRun } from "../training/index.ts";
import { runCaptured } from "./testing/captured-terminal.ts";
import type { CaptureOptions } from "./testing/captured-terminal.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "young-"));
  await writeFile(
    join(folder, "fox.txt"),
    "the quick brown fox jumps over the lazy dog.\n".repeat(40),
  );
});
afterAll(() => rm(folder, { recursive: true }));

const recipe = "--num-layers 1 --num-heads 1 --embed-dim 8 --block-size 16 --max-steps 3";
const train = (run: string, options?: CaptureOptions) =>
  runCaptured(["pretrain", join(folder, "fox.txt"), "--run", run, ...recipe.split(" ")], options);
const write = (run: string) =>
  runCaptured(["generate", "--model", run, "--prompt", "the", "--max-new-tokens", "2"]);

test("a run that was stopped before its first step writes nonsense, is shown, and goes on", async () => {
  const run = join(folder, "unborn");
  const { exitCode } = await train(run, {
    isInteractive: true,
    onOutput: (output, terminal) => output.endsWith("training step …") && terminal.send("SIGTERM"),
  });
  expect(exitCode).toBe(143);
  expect((await write(run)).output).toMatch(/^the..\n$/s);
  const { output } = await runCaptured(["inspect", run]);
  expect(output).toContain("step 0 of a run of 3 steps: untrained\ncheckpoints: 0");
  expect((await runCaptured(["pretrain", "--resume", run])).exitCode).toBe(0);
});

test("a run without a checkpoint is shown, also while it is in use, and cannot write", async () => {
  const run = join(folder, "unsaved");
  await train(run);
  await rm(join(run, "checkpoints/step-000003"), { recursive: true });
  const held = await openRun(run);
  expect((await runCaptured(["inspect", run])).output).toContain("checkpoints: none");
  const { exitCode, errors } = await write(run);
  expect([exitCode, errors]).toEqual([
    1,
    expect.stringContaining("expected a checkpoint, got none"),
  ]);
  await held.close();
  const losses = async () =>
    (await (await viewRun(run)).readLog()).flatMap(({ loss }) => loss ?? []);
  const before = await losses();
  expect((await runCaptured(["pretrain", "--resume", run])).exitCode).toBe(0);
  expect(await losses()).toEqual(before);
});
