/** A GGUF file's blocks are multiplied as they are, with the answers that the same numbers give in float32. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createEngine } from "../../src/generation/index.ts";
import { Gpt2 } from "../../src/models/index.ts";
import { initialize } from "../../src/nn/index.ts";
import { Generator } from "../../src/random/index.ts";
import {
  openHuggingFaceModel,
  openModel,
  saveModelDirectory,
  writeGgufModel,
} from "../../src/weights/index.ts";

test("8 bits answer as float32 does, but for the rounding of what they are multiplied with", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kept-blocks-"));
  const model = new Gpt2({
    ...{ vocabSize: 40, contextLength: 8, embedDim: 64, numHeads: 2, numLayers: 2, dropoutRate: 0 },
    ...{ hasQkvBias: true, hasTiedHead: true },
  });
  initialize(model, new Generator(1));
  await saveModelDirectory(join(folder, "wide"), { model });
  const published = await openHuggingFaceModel(join(folder, "wide"));
  await writeGgufModel(join(folder, "wide.gguf"), published, { dtype: "Q8_0" });
  await published.close();
  const answer = async (keepsBlocks: boolean) => {
    const path = join(folder, "wide.gguf");
    const opened = await openModel(path, { hasTokenizer: false, keepsBlocks });
    const engine = await createEngine(opened.model, { weights: "moved" });
    const [logits] = await engine.append([[5, 8, 13]]);
    engine.release();
    return logits!;
  };
  const [kept, plain] = [await answer(true), await answer(false)];
  const largest = Math.max(...plain.map(Math.abs));
  kept.forEach((logit, i) => expect(Math.abs(logit - plain[i])).toBeLessThan(0.02 * largest));
  await rm(folder, { recursive: true });
});
