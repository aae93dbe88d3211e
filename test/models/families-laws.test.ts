/** The laws of every model, over a small model of each family, and the published numbers of parameters of every preset. */
import { describe, expect, test } from "vitest";
import {
  families,
  findPreset,
  Gemma3,
  Llama,
  Mistral,
  Olmo3,
  presetNames,
  Qwen3,
  Qwen3Moe,
} from "../../src/models/index.ts";
import { countParameters, namedParameters } from "../../src/nn/index.ts";
import { modelLaws } from "./laws.ts";
import { roundTrip } from "./round-trip.ts";

const tiny = {
  ...{ vocabSize: 29, contextLength: 16, embedDim: 24, hiddenDim: 40, numLayers: 2 },
  ...{ numHeads: 4, numKvHeads: 2, headDim: 8, normEpsilon: 1e-6, rope: { theta: 10_000 } },
  hasTiedHead: false,
};
const sliding = { windowSize: 3, fullAttentionEvery: 2 };
const experts = { expertDim: 12, numExperts: 4, numExpertsPerToken: 2 };
const turns = { lowFrequencyFactor: 1, highFrequencyFactor: 4 };
const llama3 = { kind: "llama3", factor: 8, originalContextLength: 8, ...turns } as const;
const yarn = { kind: "yarn", factor: 4, originalContextLength: 8 } as const;

const models = {
  Llama: () => new Llama(tiny),
  "Llama, one key head, tied, scaled": () =>
    new Llama({ ...tiny, numKvHeads: 1, hasTiedHead: true, rope: { theta: 500, scaling: llama3 } }),
  "Llama, heads as wide as the fused operator wants": () => new Llama({ ...tiny, headDim: 16 }),
  Mistral: () => new Mistral({ ...tiny, windowSize: 3 }),
  "Mistral without a window": () => new Mistral(tiny),
  "Qwen 3": () => new Qwen3(tiny),
  "Qwen 3 with experts": () => new Qwen3Moe({ ...tiny, ...experts, hasNormalisedShares: true }),
  "Qwen 3 with experts, shares as they are": () =>
    new Qwen3Moe({ ...tiny, ...experts, hasNormalisedShares: false }),
  "Gemma 3": () => new Gemma3({ ...tiny, ...sliding, slidingTheta: 100, queryScalar: 12 }),
  "OLMo 3": () => new Olmo3({ ...tiny, ...sliding, rope: { theta: 500, scaling: yarn } }),
};
for (const [name, make] of Object.entries(models)) modelLaws(name, { make, roundTrip });

describe("every preset has the published number of parameters, and allocates nothing", () => {
  /** As the models' own pages, or transformers' for their `config.json`, count them; a tied head counts once. */
  const published = {
    gpt2: 124_439_808,
    "gpt2-medium": 354_823_168,
    "gpt2-large": 774_030_080,
    "gpt2-xl": 1_557_611_200,
    "Llama-2-7b": 6_738_415_616,
    "Llama-2-13b": 13_015_864_320,
    "Llama-2-70b": 68_976_648_192,
    "Llama-3-8B": 8_030_261_248,
    "Llama-3-70B": 70_553_706_496,
    "Llama-3.1-8B": 8_030_261_248,
    "Llama-3.1-70B": 70_553_706_496,
    "Llama-3.2-1B": 1_235_814_400,
    "Llama-3.2-3B": 3_212_749_824,
    "Mistral-7B-v0.1": 7_241_732_096,
    "Mistral-7B-v0.3": 7_248_023_552,
    "Mistral-Nemo-Base-2407": 12_247_782_400,
    "Qwen3-0.6B": 596_049_920,
    "Qwen3-1.7B": 1_720_574_976,
    "Qwen3-4B": 4_022_468_096,
    "Qwen3-8B": 8_190_735_360,
    "Qwen3-30B-A3B": 30_532_122_624,
    "gemma-3-270m": 268_098_176,
    "gemma-3-1b-pt": 999_885_952,
    "Olmo-3-1025-7B": 7_298_011_136,
  };

  test("and there is no other preset", () => {
    expect([...presetNames].sort()).toEqual(Object.keys(published).sort());
  });

  test.each(Object.entries(published))("%s: %d", (name, count) => {
    const { family, config } = findPreset(name)!;
    const model = family.make(config);
    expect(countParameters(model)).toBe(count);
    const parameters = [...namedParameters(model).values()];
    expect(parameters.some(({ isInitialized }) => isInitialized)).toBe(false);
  });

  test.each(families)("config.json says all of a preset: $title", (family) => {
    for (const config of Object.values(family.presets)) {
      const json = JSON.parse(JSON.stringify(family.configTo(config)));
      expect(family.configFrom(json)).toEqual(config);
    }
  });
});
