import { expect, test } from "vitest";
import { familyNames, parametersOf } from "../models/index.ts";
import { CharTokenizer } from "../tokenizer/index.ts";
import { trainedModel } from "../training/index.ts";
import { describeConfig, pretrainConfig } from "./pretrain-recipe.ts";
import type { Recipe } from "./pretrain-recipe.ts";

const tokenizer = CharTokenizer.fromText("abc\n");
const textOf = (numTokens: number) => ({
  ...{ files: ["a.txt"], numTokens, sizeBytes: numTokens },
  ...{ tokenizer, tokenName: "characters" },
});
const configOf = (recipe: Recipe, numTokens = 1e6) => pretrainConfig(recipe, textOf(numTokens));

test("the more text, the larger the model and the longer the training", () => {
  const sizes = [1e3, 1e5, 1e6, 1e8].map((numTokens) => configOf({}, numTokens));
  const counts = sizes.map((config) => parametersOf(trainedModel(config)));
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  const minutes = sizes.map(({ maxMinutes }) => maxMinutes!);
  expect(minutes).toEqual(minutes.toSorted((a, b) => a - b));
});

test("windows fit into a tenth of a short text, which is held back for validation", () => {
  for (const numTokens of [90, 200, 650, 1e4]) {
    const { blockSize, model } = configOf({}, numTokens);
    expect(blockSize).toBeLessThan(numTokens / 10);
    expect(model.contextLength).toBe(blockSize);
  }
});

test("what is asked for counts, and the rest follows from it", () => {
  const config = configOf({ embedDim: 90, learningRate: 0.01, evalInterval: 7, maxSteps: 50 });
  expect(90 % config.model.numHeads).toBe(0);
  expect(config).toMatchObject({ minLearningRate: 0.001, checkpointInterval: 14, warmupSteps: 5 });
  expect(config.maxMinutes).toBeUndefined();
});

test("a preset gives its sizes, in windows that small machines can train", () => {
  const config = configOf({ preset: "gpt2-medium", numLayers: 3 });
  expect(config.model).toMatchObject({
    embedDim: 1024,
    numHeads: 16,
    numLayers: 3,
    hasQkvBias: true,
  });
  expect(config.model.contextLength).toBe(1024);
  expect(config.blockSize).toBeLessThanOrEqual(1024);
});

test.each(familyNames)("%s: the sizes asked for, and a model can be made of them", (family) => {
  for (const recipe of [{}, { embedDim: 100 }, { numLayers: 1 }]) {
    const config = configOf({ family, ...recipe });
    const made = trainedModel(config).family.make(config.model);
    expect(made.config).toMatchObject(recipe);
  }
});

test("what only GPT-2 has is refused in another family", () => {
  for (const recipe of [{ preset: "gpt2" }, { dropout: 0.1 }, { qkvBias: true }] as const) {
    expect(() => configOf({ family: "llama", ...recipe })).toThrow(/expected --family gpt2/);
  }
});

test("samples begin with a new line, or with the first character where there is none", () => {
  expect(configOf({}).samplePrompt).toBe("\n");
  const other = { ...textOf(1e4), tokenizer: CharTokenizer.fromText("xyz") };
  expect(pretrainConfig({}, other).samplePrompt).toBe("x");
});

test("one line says what was chosen and why", () => {
  const line = (recipe: Recipe) => describeConfig(configOf(recipe), textOf(1e6), recipe);
  expect(line({})).toMatch(
    /^4 layers, .* 4 characters, \d+ min; chosen for a text of 1 M tokens\.$/,
  );
  expect(line({ embedDim: 32, maxSteps: 2000 })).toMatch(
    /width 32, .* 2,000 steps; as asked for\.$/,
  );
});
