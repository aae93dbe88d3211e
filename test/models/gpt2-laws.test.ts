/** The laws of every model, over each kind of GPT-2, and the published sizes of the four presets. */
import { describe, expect, test } from "vitest";
import { Gpt2, gpt2Presets } from "../../src/models/index.ts";
import type { Gpt2PresetName } from "../../src/models/index.ts";
import { countParameters, namedParameters } from "../../src/nn/index.ts";
import { modelLaws } from "./laws.ts";
import { roundTrip } from "./round-trip.ts";

const tiny = {
  vocabSize: 29,
  contextLength: 16,
  embedDim: 24,
  numHeads: 3,
  numLayers: 2,
  dropoutRate: 0.1,
};

for (const hasTiedHead of [true, false]) {
  for (const hasQkvBias of [true, false]) {
    const name = `GPT-2, ${hasTiedHead ? "tied" : "untied"} head, ${hasQkvBias ? "with" : "without"} QKV bias`;
    modelLaws(name, { make: () => new Gpt2({ ...tiny, hasTiedHead, hasQkvBias }), roundTrip });
  }
}

// heads of a width that ONNX Runtime's fused attention does not take
modelLaws("GPT-2, heads of 6", {
  make: () => new Gpt2({ ...tiny, numHeads: 4, hasTiedHead: true, hasQkvBias: true }),
  roundTrip,
});

describe("the presets have the published sizes and allocate nothing", () => {
  /** Hugging Face's (tied, QKV bias), and the book's (untied and tied, no QKV bias). */
  const published: Record<Gpt2PresetName, readonly [number, number, number]> = {
    gpt2: [124_439_808, 163_009_536, 124_412_160],
    "gpt2-medium": [354_823_168, 406_212_608, 354_749_440],
    "gpt2-large": [774_030_080, 838_220_800, 773_891_840],
    "gpt2-xl": [1_557_611_200, 1_637_792_000, 1_557_380_800],
  };

  test.each(Object.entries(published))("%s", (name, [asPublished, untied, tied]) => {
    const preset = gpt2Presets[name as Gpt2PresetName];
    const count = (config: typeof preset | object) =>
      countParameters(new Gpt2({ ...preset, ...config }));
    expect(count({})).toBe(asPublished);
    expect(count({ hasQkvBias: false, hasTiedHead: false })).toBe(untied);
    expect(count({ hasQkvBias: false })).toBe(tied);
    const parameters = [...namedParameters(new Gpt2(preset)).values()];
    expect(parameters.some(({ isInitialized }) => isInitialized)).toBe(false);
  });
});
