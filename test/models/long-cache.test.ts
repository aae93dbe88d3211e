/** Every family reads on where its cache has to grow, far beyond its window and the lengths of the other tests. */
import { expect, test } from "vitest";
import { createEngine } from "../../src/generation/index.ts";
import { Gemma3, Gpt2, Llama, Mistral, Olmo3, Qwen3, Qwen3Moe } from "../../src/models/index.ts";
import { initialize } from "../../src/nn/index.ts";
import { Generator } from "../../src/random/index.ts";
import { relativeError } from "./fixture.ts";
import { ids, run } from "./runtimes.ts";

const shared = {
  vocabSize: 29,
  contextLength: 700,
  embedDim: 32,
  numLayers: 2,
  hasTiedHead: false,
};
const tiny = {
  ...{ ...shared, hiddenDim: 40, numHeads: 4, numKvHeads: 2, headDim: 16, normEpsilon: 1e-6 },
  rope: { theta: 10_000 },
};
const yarn = { kind: "yarn", factor: 4, originalContextLength: 200 } as const;
const sliding = { windowSize: 100, fullAttentionEvery: 2 };
const experts = { expertDim: 12, numExperts: 4, numExpertsPerToken: 2, hasNormalisedShares: true };

const models = {
  "GPT-2": () => new Gpt2({ ...shared, numHeads: 4, dropoutRate: 0, hasQkvBias: true }),
  Llama: () => new Llama(tiny),
  Mistral: () => new Mistral({ ...tiny, windowSize: 100 }),
  "Qwen 3": () => new Qwen3(tiny),
  "Qwen 3 with experts": () => new Qwen3Moe({ ...tiny, ...experts }),
  "Gemma 3": () => new Gemma3({ ...tiny, ...sliding, slidingTheta: 100, queryScalar: 12 }),
  "OLMo 3": () => new Olmo3({ ...tiny, ...sliding, rope: { theta: 500, scaling: yarn } }),
};

/** Sums over hundreds of positions, in another order. */
const rounding = 1e-4;

test.each(Object.entries(models))("%s", async (_, make) => {
  const model = make();
  initialize(model, new Generator(5));
  const text = Array.from({ length: 690 }, (_, i) => (i * i * 7 + 3 * i) % 29);
  const [whole] = await run("onnx", (x) => [model.forward(x)], [ids([text])]);
  const engine = await createEngine(model);
  try {
    let read = 0;
    for (const length of [500, 10, 1, 1, 1, 88, 1, 87, 1]) {
      const [logits] = await engine.append([text.slice(read, read + length)]);
      read += length;
      const expected = whole.data.slice((read - 1) * 29, read * 29);
      expect(relativeError(logits!, expected), `after ${read}`).toBeLessThan(rounding);
    }
    expect(read).toBe(text.length);
  } finally {
    engine.release();
  }
});
