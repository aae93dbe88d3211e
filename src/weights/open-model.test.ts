import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { Gpt2, gpt2Family, toHuggingFace, toHuggingFaceConfig } from "../models/index.ts";
import { initialize, namedParameters } from "../nn/index.ts";
import { Generator } from "../random/index.ts";
import { CharTokenizer } from "../tokenizer/index.ts";
import { openModel, readModelConfig } from "./open-model.ts";
import { writeGgufModel } from "./gguf/index.ts";
import { openHuggingFaceModel } from "./open-hugging-face.ts";
import { writeSafetensors } from "./safetensors.ts";
import { byteTokenizerJson } from "./testing/byte-tokenizer.ts";
import { surviveThousandMutations } from "./testing/hostile-files.ts";

const config = {
  ...{ vocabSize: 3, contextLength: 8, embedDim: 8, numHeads: 2, numLayers: 1, dropoutRate: 0 },
  ...{ hasQkvBias: true, hasTiedHead: true },
};
const model = new Gpt2(config);
initialize(model, new Generator(1));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "model-"));
  const tensors = [...toHuggingFace(model)].map((one) => ({ ...one, dtype: "F32" as const }));
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
  await writeJson("config.json", toHuggingFaceConfig(model));
  await writeJson("tokenizer.json", CharTokenizer.fromText("abc").toJson());
});
afterEach(() => rm(folder, { recursive: true }));

const writeJson = (name: string, value: unknown) =>
  writeFile(join(folder, name), JSON.stringify(value));

test("weights, sizes and tokenizer come back", async () => {
  const opened = await openModel(folder);
  expect(opened.model.config).toEqual(config);
  expect(opened.tokenizer?.decode([2, 0])).toBe("ca");
  const parameters = namedParameters(opened.model);
  for (const [name, { data }] of namedParameters(model)) {
    expect(parameters.get(name)?.data, name).toEqual(data);
  }
});

test("a model need not have a tokenizer", async () => {
  await rm(join(folder, "tokenizer.json"));
  expect((await openModel(folder)).tokenizer).toBeUndefined();
});

test.each([
  ["no config", () => rm(join(folder, "config.json")), "got weights without config.json"],
  [
    "a config that is no JSON",
    () => writeFile(join(folder, "config.json"), "{"),
    "config.json: expected JSON",
  ],
  [
    "another kind of model",
    () => writeJson("config.json", { model_type: "bert" }),
    '"model_type" to be one of gpt2, llama',
  ],
  [
    "absurd sizes",
    () => writeJson("config.json", { ...toHuggingFaceConfig(model), n_layer: 1e12 }),
    "expected at most 10000 layers, got 1000000000000",
  ],
  [
    "another shape",
    () => writeJson("config.json", toHuggingFaceConfig(new Gpt2({ ...config, vocabSize: 4 }))),
    "of shape (4, 8), got (3, 8)",
  ],
  ["no weights", () => rm(join(folder, "model.safetensors")), "got config.json without weights"],
  [
    "truncated weights",
    () => truncate(join(folder, "model.safetensors"), 2000),
    "model.safetensors: expected",
  ],
])("%s is an error that names the file or tensor", async (_, damage, message) => {
  await damage();
  const failure = openModel(folder);
  await expect(failure).rejects.toThrow(UserError);
  await expect(failure).rejects.toThrow(message);
});

test("the sizes of a model are read without its weights", async () => {
  await rm(join(folder, "model.safetensors"));
  expect(await readModelConfig(folder)).toEqual({ family: gpt2Family, config });
});

describe("1,000 mutations neither crash nor take memory", () => {
  test("of config.json", async () => {
    const path = join(folder, "config.json");
    const good = await readFile(path);
    const read = () => openModel(folder);
    const { refused } = await surviveThousandMutations({
      ...{ path, good, headerBytes: good.length },
      read,
    });
    expect(refused).toBeGreaterThan(500);
  });

  test("of a GGUF file, its sizes and its tokenizer among them", async () => {
    const path = join(folder, "model.gguf");
    const published = await openHuggingFaceModel(folder);
    await writeGgufModel(path, {
      ...published,
      files: new Map([["tokenizer.json", byteTokenizerJson()]]),
    });
    await published.close();
    const good = await readFile(path);
    const { refused } = await surviveThousandMutations({
      ...{ path, good, headerBytes: good.length },
      read: () => openModel(path),
      ownBytes: 2 ** 22, // the words that a tokenizer remembers
    });
    expect(refused).toBeGreaterThan(300);
  });
});
