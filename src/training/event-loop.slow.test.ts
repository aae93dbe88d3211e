/** @file How long the event loop stands still while a model trains: a server and a progress bar live beside it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterAll, expect, test } from "vitest";
import { textCorpus } from "../data/index.ts";
import { CharTokenizer } from "../tokenizer/index.ts";
import type { PretrainConfig } from "./pretrain-config.ts";
import { createPretrainRun } from "./pretrain-data.ts";
import { pretrain } from "./pretraining.ts";

const folder = await mkdtemp(join(tmpdir(), "event-loop-"));
afterAll(() => rm(folder, { recursive: true }));

const text = "the quick brown fox jumps over the lazy dog and runs away. ".repeat(4000);
const tokenizer = CharTokenizer.fromText(text);
const sizes = { contextLength: 256, embedDim: 384, numHeads: 6, numLayers: 6 };
const model = { ...sizes, vocabSize: tokenizer.vocabSize, hasQkvBias: false, hasTiedHead: true };

/** Longest stop in ms over steps, evaluations, samples and checkpoints, after the first step. */
async function longestStop(dropoutRate: number): Promise<number> {
  const config: PretrainConfig = {
    ...{ files: ["fox.txt"], model: { ...model, dropoutRate }, seed: 1, trainFraction: 0.9 },
    ...{ blockSize: 256, batchSize: 8, accumulationSteps: 2, maxSteps: 6 },
    ...{ learningRate: 1e-3, minLearningRate: 1e-4, warmupSteps: 2, weightDecay: 0.1 },
    ...{ betas: [0.9, 0.95], gradientClip: 1, evalInterval: 2, evalBatches: 2, sampleInterval: 3 },
    ...{ sampleTokens: 20, samplePrompt: "the ", sampleTemperature: 1, checkpointInterval: 2 },
    keepCheckpoints: 1,
  };
  const source = { corpus: textCorpus(text), tokenizer };
  const run = await createPretrainRun(join(folder, `run-${dropoutRate}`), config, source);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await pretrain(run, { observer: { onStep: ({ step }) => void (step === 1 && delay.enable()) } });
  delay.disable();
  await run.close();
  return delay.max / 1e6;
}

test("the event loop never stands still for 50 ms", async () => {
  const longest = await longestStop(0);
  console.log(`longest stop: ${longest.toFixed(1)} ms`);
  expect(longest).toBeLessThan(50);
});

test("the event loop never stands still for 50 ms with dropout either", async () => {
  const longest = await longestStop(0.1);
  console.log(`longest stop with dropout: ${longest.toFixed(1)} ms`);
  expect(longest).toBeLessThan(50);
});
