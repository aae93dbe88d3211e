import { existsSync } from "node:fs";
import { mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { textCorpus } from "../data/index.ts";
import type { Gpt2Config } from "../models/index.ts";
import { CharTokenizer } from "../tokenizer/index.ts";
import type { PretrainConfig } from "./pretrain-config.ts";
import { createPretrainRun } from "./pretrain-data.ts";
import { pretrain } from "./pretraining.ts";
import type { PretrainOptions } from "./pretraining.ts";
import { openRun } from "./run-directory.ts";

const text = "the quick brown fox jumps over the lazy dog and runs away. ".repeat(40);
const tokenizer = CharTokenizer.fromText(text);

const config: PretrainConfig = {
  files: ["fox.txt"],
  model: {
    vocabSize: tokenizer.vocabSize,
    contextLength: 16,
    embedDim: 16,
    numHeads: 2,
    numLayers: 2,
    dropoutRate: 0.1,
    hasQkvBias: false,
    hasTiedHead: true,
  } as Gpt2Config,
  ...{ seed: 123, trainFraction: 0.8, blockSize: 16, batchSize: 4, accumulationSteps: 2 },
  ...{ maxSteps: 10, learningRate: 1e-2, minLearningRate: 1e-3, warmupSteps: 2 },
  ...{ weightDecay: 0.1, betas: [0.9, 0.95], gradientClip: 1, evalInterval: 4, evalBatches: 2 },
  ...{ sampleInterval: 5, sampleTokens: 8, samplePrompt: "the ", sampleTemperature: 0.8 },
  ...{ checkpointInterval: 5, keepCheckpoints: 2 },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pretraining-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function start(name: string, changes: Partial<PretrainConfig> = {}) {
  const source = { corpus: textCorpus(text), tokenizer };
  return createPretrainRun(join(folder, name), { ...config, ...changes }, source);
}

/** The losses of a run's steps, as they stand in its log. */
async function lossesOf(run: Awaited<ReturnType<typeof start>>): Promise<unknown[]> {
  return (await run.readLog()).flatMap((entry) => ("loss" in entry ? [entry["loss"]] : []));
}

/** Stops after `steps` steps, as Ctrl-C would. */
function stopAfter(steps: number): PretrainOptions {
  const controller = new AbortController();
  const onStep = ({ step }: { step: number }) => step === steps && controller.abort();
  return { signal: controller.signal, observer: { onStep } };
}

test("a run trains, evaluates, samples and ends with a checkpoint", async () => {
  const run = await start("whole", { maxSteps: 60 });
  const result = await pretrain(run);
  const losses = (await lossesOf(run)) as number[];
  expect(losses).toHaveLength(60);
  expect(losses[0]).toBeCloseTo(Math.log(tokenizer.vocabSize), 0); // knows nothing yet
  expect(result.validationLoss).toBeLessThan(losses[0] - 0.5);
  expect(result.bitsPerByte).toBeCloseTo(result.validationLoss / Math.LN2, 6); // a byte a token
  expect(result.tokensSeen).toBe(60 * 2 * 4 * 16);
  expect(result.sample.startsWith("the ")).toBe(true);
  expect((await run.listCheckpoints()).map(({ step }) => step)).toContain(60);
  await run.close();
});

test("a stopped run goes on with the losses that it would have had, bit for bit", async () => {
  const whole = await start("uninterrupted");
  await pretrain(whole);
  const first = await start("stopped");
  expect((await pretrain(first, stopAfter(7))).isFinished).toBe(false);
  await first.close();
  const again = await openRun(join(folder, "stopped"));
  const result = await pretrain(again, { resume: true });
  expect(result.isFinished).toBe(true);
  expect(await lossesOf(again)).toEqual(await lossesOf(whole));
  await Promise.all([whole.close(), again.close()]);
});

test("a small validation part does not make the batches that are trained on smaller", async () => {
  const changes = { trainFraction: 0.98, batchSize: 8, accumulationSteps: 1, maxSteps: 2 }; // 2 windows held back
  const run = await start("lopsided", changes);
  const result = await pretrain(run);
  expect(result.tokensSeen).toBe(2 * 8 * 16);
  expect(result.validationLoss).toBeGreaterThan(0);
  await run.close();
});

test("both runtimes train alike", async () => {
  const changes = { maxSteps: 3 };
  const onnx = await start("onnx", changes);
  const reference = await start("reference", changes);
  await pretrain(onnx, { runtime: "onnx" });
  await pretrain(reference, { runtime: "reference" });
  const expected = (await lossesOf(reference)) as number[];
  for (const [i, loss] of ((await lossesOf(onnx)) as number[]).entries()) {
    expect(loss).toBeCloseTo(expected[i], 4); // float32 sums in another order
  }
  await Promise.all([onnx.close(), reference.close()]);
});

test("a run that dies before its first checkpoint starts from its seed again", async () => {
  const whole = await start("undying");
  await pretrain(whole);
  const run = await start("dying");
  const onStep = ({ step }: { step: number }) => {
    if (step === 3) throw new Error("killed"); // after the step was logged, and before anything is saved
  };
  await expect(pretrain(run, { observer: { onStep } })).rejects.toThrow("killed");
  expect(await lossesOf(run)).toHaveLength(3);
  expect(await run.listCheckpoints()).toEqual([]);
  await run.close();
  const again = await openRun(join(folder, "dying"));
  expect((await pretrain(again, { resume: true })).isFinished).toBe(true);
  expect(await lossesOf(again)).toEqual(await lossesOf(whole));
  await Promise.all([whole.close(), again.close()]);
});

test("a run goes on from an earlier checkpoint with the same losses, and forgets the later one", async () => {
  const run = await start("earlier");
  await pretrain(run);
  const losses = await lossesOf(run);
  const [first, last] = await run.listCheckpoints();
  expect([first.step, last.step]).toEqual([5, 10]);
  await truncate(join(last.path, "optimizer.safetensors"), 100);
  await expect(pretrain(run, { resume: true })).rejects.toThrow("--from-step 5");
  let stepsRun = 0;
  const observer = { onStep: () => void stepsRun++ };
  await pretrain(run, { resume: true, fromStep: 5, observer });
  expect(stepsRun).toBe(5);
  expect(await lossesOf(run)).toEqual(losses);
  await run.close();
});

test("a signal during the last measurement or a sample ends at once; resuming measures", async () => {
  const run = await start("measured", { evalInterval: 100, sampleInterval: 100 });
  const controller = new AbortController();
  const { signal } = controller;
  const onStep = ({ step }: { step: number }) => step === 10 && controller.abort();
  expect((await pretrain(run, { signal, observer: { onStep } })).isFinished).toBe(false);
  expect((await run.loadCheckpoint("latest").then(closed)).state.validationLoss).toBe(null);
  const result = await pretrain(run, { resume: true });
  expect(result).toMatchObject({ isFinished: true, validationLoss: expect.any(Number) });
  expect((await run.loadCheckpoint("best").then(closed)).step).toBe(10);
  await run.close();
});

/** Closes a checkpoint of which only the state is wanted. */
async function closed<T extends { close(): Promise<void> }>(checkpoint: T): Promise<T> {
  await checkpoint.close();
  return checkpoint;
}

const reckless = {
  ...{ warmupSteps: 0, gradientClip: 0, weightDecay: 0 },
  ...{ checkpointInterval: 1, keepCheckpoints: 9 },
};

test("a loss that is no number stops the run and names a checkpoint from before the harm", async () => {
  // The first step's learning rate is 0; the second's ruins the weights, which shows in the third's loss.
  const run = await start("diverging", { ...reckless, learningRate: 0, minLearningRate: 1e30 });
  await expect(pretrain(run)).rejects.toThrow(
    /got loss NaN at step 3\. .* checkpoint is .*step-0+1\./,
  );
  await run.close();
});

test("a run that is ruined by its first or its last step says that there is no good checkpoint", async () => {
  const steep = { ...reckless, learningRate: 1e30, minLearningRate: 1e30 };
  for (const changes of [{}, { maxSteps: 1 }]) {
    const run = await start(`ruined ${JSON.stringify(changes)}`, { ...steep, ...changes });
    await expect(pretrain(run)).rejects.toThrow(/loss NaN .*There is no good checkpoint yet/);
    await run.close();
  }
});

test("text shorter than a window leaves no run", async () => {
  const source = { corpus: textCorpus("too short"), tokenizer };
  const path = join(folder, "short");
  await expect(createPretrainRun(path, config, source)).rejects.toThrow(/at least 17 tokens/);
  await expect(openRun(path)).rejects.toThrow("expected a run");
});

test("a run that is stopped while its text is read in leaves nothing", async () => {
  const controller = new AbortController();
  const onProgress = () => controller.abort();
  const source = { corpus: textCorpus(text, text), tokenizer };
  const path = join(folder, "unread");
  const { signal } = controller;
  const stopped = createPretrainRun(path, config, source, { signal, onProgress });
  await expect(stopped).rejects.toThrow("aborted");
  expect(existsSync(path)).toBe(false);
});
