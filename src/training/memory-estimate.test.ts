import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { families, gpt2Family, gpt2Presets, parametersOf } from "../models/index.ts";
import { countParameters } from "../nn/index.ts";
import type { Gpt2Config } from "../models/index.ts";
import { availableMemoryBytes } from "./available-memory.ts";
import { estimateTrainingMemory, requireMemory } from "./memory-estimate.ts";

const small = {
  ...{ vocabSize: 61, contextLength: 32, embedDim: 24, numHeads: 3, numLayers: 2 },
  ...{ dropoutRate: 0, hasQkvBias: false, hasTiedHead: false },
};

const countGpt2Parameters = (config: Gpt2Config) => parametersOf({ family: gpt2Family, config });

test.each(families)("parameters of $title are counted as the model has them", (family) => {
  const sizes = { vocabSize: 61, contextLength: 32, embedDim: 24, numHeads: 3, numLayers: 5 };
  const config = family.sized(sizes);
  expect(config).toMatchObject(sizes);
  expect(parametersOf({ family, config })).toBe(countParameters(family.make(config)));
});

test("parameters are counted as published", () => {
  expect(countGpt2Parameters(gpt2Presets.gpt2)).toBe(124_439_808); // the checkpoint on Hugging Face
  expect(countGpt2Parameters(gpt2Presets["gpt2-xl"])).toBe(1_557_611_200);
});

// Peak resident bytes of processes that trained; see docs/design/memory-estimate.md, which also says why a sixth is near enough.
test.each([
  [{ numLayers: 4, numHeads: 4, embedDim: 96, vocabSize: 83 }, 128, 16, 220e6],
  [{ numLayers: 4, numHeads: 16, embedDim: 256, vocabSize: 90 }, 256, 16, 1009e6],
  [{ numLayers: 4, numHeads: 4, embedDim: 256, vocabSize: 16384 }, 128, 16, 779e6],
  [{ numLayers: 12, numHeads: 12, embedDim: 768, vocabSize: 50257 }, 256, 4, 3579e6],
])("the estimate for %j is near what was measured", (sizes, blockSize, batchSize, measured) => {
  const model = { ...small, ...sizes, contextLength: blockSize, hasTiedHead: true };
  const numParameters = countGpt2Parameters(model);
  const { total } = estimateTrainingMemory({ model, numParameters, batchSize, blockSize });
  expect(total / measured).toBeGreaterThan(5 / 6);
  expect(total / measured).toBeLessThan(7 / 6);
});

test("what fits passes, what does not is an error that says what to lower", () => {
  const numParameters = countGpt2Parameters(small);
  const sizes = { model: small, numParameters, batchSize: 4, blockSize: 32 };
  const { total } = estimateTrainingMemory(sizes);
  requireMemory(sizes, total);
  expect(() => requireMemory(sizes, total - 1)).toThrow(UserError);
  const wider = { ...small, embedDim: 3_000_000 };
  const wide = { ...sizes, model: wider, numParameters: countGpt2Parameters(wider) };
  expect(() => requireMemory(wide, 16e9)).toThrow(/the 16 GB available.* Lower --embed-dim/);
  const long = { ...sizes, batchSize: 1e6 };
  expect(() => requireMemory(long, 16e9)).toThrow("Lower --batch-size");
});

test("sizes beyond all arithmetic are said to be too large, and nothing is allocated", () => {
  const model = { ...small, numLayers: 2 ** 53 - 1, embedDim: 3 * 2 ** 50 };
  const numParameters = countGpt2Parameters(model);
  const sizes = { model, numParameters, batchSize: 2 ** 53 - 1, blockSize: 2 ** 53 - 1 };
  expect(() => requireMemory(sizes)).toThrow("over a million GB");
});

test("this machine has memory", () => {
  expect(availableMemoryBytes()).toBeGreaterThan(1e6);
});
