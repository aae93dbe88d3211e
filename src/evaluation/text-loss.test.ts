/** The loss of a text against the model's own loss on the same windows. */
import { expect, test } from "vitest";
import { MemoryTokens } from "../data/index.ts";
import { createEngine } from "../generation/index.ts";
import { evaluate, tensor } from "../graph/index.ts";
import { Gpt2 } from "../models/index.ts";
import { initialize } from "../nn/index.ts";
import { Generator } from "../random/index.ts";
import { textLoss } from "./text-loss.ts";

const sizes = { vocabSize: 31, contextLength: 96, embedDim: 32, numHeads: 2, numLayers: 1 };
const model = new Gpt2({ ...sizes, dropoutRate: 0, hasQkvBias: true, hasTiedHead: true });
initialize(model, new Generator(5));
const ids = Array.from({ length: 200 }, (_, i) => (i * i + 3 * i) % 31);

/** The mean over the windows' predicted tokens, from the model's own loss. */
function expectedLoss(windowLength: number): number {
  let total = 0;
  let count = 0;
  for (let start = 0; start < ids.length; start += windowLength) {
    const window = Int32Array.from(ids.slice(start, start + windowLength));
    const n = window.length - 1;
    const [x, y] = [window.slice(0, -1), window.slice(1)].map((part) =>
      tensor(part, { shape: [1, n] }),
    );
    total += n * evaluate([model.loss(x, y)])[0].data[0];
    count += n;
  }
  return total / count;
}

test.each([96, 70, 7])("windows of %i tokens", async (windowLength) => {
  const engine = await createEngine(model);
  try {
    const seen: number[] = [];
    const { loss, numPredicted } = await textLoss(engine, new MemoryTokens(ids), {
      windowLength,
      onProgress: (done) => void seen.push(done),
    });
    expect(loss).toBeCloseTo(expectedLoss(windowLength), 5);
    expect(numPredicted).toBe(ids.length - Math.ceil(ids.length / windowLength));
    expect(seen.at(-1)).toBe(ids.length);
  } finally {
    engine.release();
  }
});

test("a text of one token predicts nothing; a signal ends the reading", async () => {
  const engine = await createEngine(model);
  try {
    expect(await textLoss(engine, new MemoryTokens([3]))).toEqual({ loss: NaN, numPredicted: 0 });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(textLoss(engine, new MemoryTokens(ids), { signal })).rejects.toThrow("enough");
  } finally {
    engine.release();
  }
});
