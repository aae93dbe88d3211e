/** Matrices that a GGUF file has in blocks go into a model as they are: the same numbers as if they had been decoded. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Gpt2 } from "../../models/index.ts";
import { initialize, namedParameters } from "../../nn/index.ts";
import { Generator } from "../../random/index.ts";
import { openHuggingFaceModel } from "../open-hugging-face.ts";
import { openModel } from "../open-model.ts";
import { saveModelDirectory } from "../save-model-directory.ts";
import { writeGgufModel } from "./write-gguf-model.ts";

const fixtures = join(import.meta.dirname, "../../../test/fixtures/models");
const families = [
  ...["gpt2", "llama2", "llama3", "mistral", "qwen3", "qwen3-moe", "gemma3", "olmo3"],
] as const;

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "blocks-kept-"))));
afterAll(() => rm(folder, { recursive: true }));

/** Parameters that are stored in blocks, having compared the numbers of all with those of float32. */
async function keptIn(path: string): Promise<Map<string, number>> {
  const { model } = await openModel(path, { hasTokenizer: false });
  const { model: plain } = await openModel(path, { hasTokenizer: false, keepsBlocks: false });
  const expected = namedParameters(plain);
  const kept = new Map<string, number>();
  for (const [name, parameter] of namedParameters(model)) {
    expect(expected.get(name)!.blocks).toBeUndefined();
    expect(parameter.data, name).toEqual(expected.get(name)!.data);
    if (parameter.blocks) kept.set(name, parameter.blocks.bits);
  }
  return kept;
}

describe.each(["Q8_0", "Q4_0"] as const)("%s", (dtype) => {
  test.each(families)("%s", async (family) => {
    const published = await openHuggingFaceModel(join(fixtures, `${family}-tiny`));
    const path = join(folder, `${family}-${dtype}.gguf`);
    await writeGgufModel(path, published, { dtype });
    await published.close();
    const kept = await keptIn(path);
    const bits = dtype === "Q8_0" ? 8 : 4;
    expect(kept.get("blocks.1.feedForward.down.weight")).toBe(
      family === "qwen3-moe" ? undefined : bits, // stacked experts are decoded
    );
    if (family !== "gpt2") expect(kept.get("blocks.0.attention.query.weight")).toBe(bits);
    if (family !== "gpt2") expect(kept.get("tokenEmbedding.weight")).toBe(8);
  });
});

describe("GPT-2, whose matrices are published the other way round", () => {
  const config = {
    ...{ vocabSize: 40, contextLength: 8, embedDim: 64, numHeads: 2, numLayers: 2, dropoutRate: 0 },
    ...{ hasQkvBias: true, hasTiedHead: true },
  };
  const model = new Gpt2(config);
  initialize(model, new Generator(1));
  let path: string;
  beforeAll(async () => {
    const directory = join(folder, "wide");
    await saveModelDirectory(directory, { model });
    const published = await openHuggingFaceModel(directory);
    path = join(folder, "wide.gguf");
    await writeGgufModel(path, published, { dtype: "Q8_0" });
    await published.close();
  });

  test("keeps all of them, queries, keys and values too", async () => {
    const kept = await keptIn(path);
    for (const name of ["query", "key", "value", "projection"]) {
      expect(kept.get(`blocks.1.attention.${name}.weight`)).toBe(8);
    }
    expect(kept.get("positionEmbedding.weight")).toBeUndefined();
  });

  test("rounds to fewer bits where that is asked for, and never to more", async () => {
    const bitsOf = async (quantization: "q8" | "q4") => {
      const opened = await openModel(path, { quantization, hasTokenizer: false });
      return namedParameters(opened.model).get("blocks.0.feedForward.up.weight")!.blocks!.bits;
    };
    expect(await bitsOf("q8")).toBe(8);
    expect(await bitsOf("q4")).toBe(4);
  });
});
