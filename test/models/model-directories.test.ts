/** A folder of every family, opened, saved and opened again: what transformers wrote comes back, bit for bit. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { namedParameters } from "../../src/nn/index.ts";
import { CharTokenizer } from "../../src/tokenizer/index.ts";
import { openModel, openWeights, saveModelDirectory } from "../../src/weights/index.ts";

const names = [
  ...["gpt2-tiny", "llama2-tiny", "llama3-tiny", "mistral-tiny", "qwen3-tiny"],
  ...["qwen3-moe-tiny", "gemma3-tiny", "olmo3-tiny"],
];
const fixture = (name: string) => new URL(`../fixtures/models/${name}`, import.meta.url).pathname;

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "families-"))));
afterAll(() => rm(folder, { recursive: true }));

test.each(names)("%s", async (name) => {
  const { model, endIds } = await openModel(fixture(name));
  expect(endIds).toEqual([1]);
  const path = join(folder, name);
  const tokenizer = CharTokenizer.fromText("abc");
  await saveModelDirectory(path, { model, tokenizer, beginId: 0, endId: 1 });
  const again = await openModel(path);
  expect(again.model.constructor).toBe(model.constructor);
  expect(again.model.config).toEqual(model.config);
  expect(again.endIds).toEqual([1]);
  expect(again.tokenizer?.decode([0, 2])).toBe("ac");
  const parameters = namedParameters(again.model);
  for (const [path, { data }] of namedParameters(model)) {
    expect(parameters.get(path)!.data, path).toEqual(data);
  }
  const [ours, theirs] = [await openWeights(path), await openWeights(fixture(name))];
  expect([...ours.entries.keys()].sort()).toEqual([...theirs.entries.keys()].sort());
  await Promise.all([ours.close(), theirs.close()]);
});

test("a folder that exists is not touched", async () => {
  const { model } = await openModel(fixture("llama3-tiny"));
  const path = join(folder, "twice");
  await saveModelDirectory(path, { model });
  const before = await readFile(join(path, "config.json"), "utf8");
  await expect(saveModelDirectory(path, { model, endId: 5 })).rejects.toThrow("twice");
  expect(await readFile(join(path, "config.json"), "utf8")).toBe(before);
});
