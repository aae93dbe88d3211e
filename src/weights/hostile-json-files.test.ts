/** The JSON files of a model's folder, damaged: each is read, or an error that a person can act on. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CharTokenizer, loadTokenizer, SimpleTokenizerV1 } from "../tokenizer/index.ts";
import { readJsonObject } from "./json-file.ts";
import { openWeights, writeWeights } from "./sharded-safetensors.ts";
import { byteTokenizerJson } from "./testing/byte-tokenizer.ts";
import { surviveThousandMutations } from "./testing/hostile-files.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "hostile-"))));
afterEach(() => rm(folder, { recursive: true }));

/** The most that a tokenizer takes whatever it holds: a table of all characters, or of a million ids. */
const tokenizerBytes = 2 ** 23;

test("1,000 mutations of an index of shards", async () => {
  const tensors = ["a", "b", "c"].map((name, i) => {
    return { name, dtype: "F32", shape: [2, 4], data: new Float32Array(8).fill(i) } as const;
  });
  await writeWeights(folder, tensors, { shardBytes: 64 });
  const path = join(folder, "model.safetensors.index.json");
  const good = await readFile(path);
  const { refused } = await surviveThousandMutations({
    ...{ path, good, headerBytes: good.length, isJson: true },
    ownBytes: 4096, // a shard's header
    read: async () => {
      const weights = await openWeights(folder);
      for (const name of weights.entries.keys()) await weights.readFloat32(name);
      await weights.close();
    },
  });
  expect(refused).toBeGreaterThan(500);
});

describe("1,000 mutations of a tokenizer.json", () => {
  test.each([
    ["of bytes", byteTokenizerJson()],
    ["of characters with bytes to fall back to", spelledTokenizerJson()],
    ["of characters", JSON.stringify(CharTokenizer.fromText("abc\n").toJson())],
    ["of words", JSON.stringify(SimpleTokenizerV1.fromText("ab, or not").toJson())],
  ])("%s", async (_, text) => {
    const path = join(folder, "tokenizer.json");
    const good = new TextEncoder().encode(text);
    const { refused } = await surviveThousandMutations({
      ...{ path, good, headerBytes: good.length, isJson: true, ownBytes: tokenizerBytes },
      read: async () => {
        const tokenizer = loadTokenizer(await readJsonObject(path));
        tokenizer.decode(tokenizer.encode("ab"));
      },
    });
    expect(refused).toBeGreaterThan(300);
  });
});

test("1,000 mutations of a tokenizer_config.json", async () => {
  const path = join(folder, "tokenizer_config.json");
  const config = {
    added_tokens_decoder: { 300: { content: "<|end|>", special: true, lstrip: false } },
    bos_token: { content: "<s>", lstrip: false },
    eos_token: "<|end|>",
    model_max_length: 2048,
    chat_template: [{ name: "default", template: "{{ messages }}" }],
  };
  const good = new TextEncoder().encode(JSON.stringify(config));
  const json: unknown = JSON.parse(byteTokenizerJson());
  await surviveThousandMutations({
    ...{ path, good, headerBytes: good.length, isJson: true, ownBytes: tokenizerBytes },
    read: async () => {
      const tokenizer = loadTokenizer(json, await readJsonObject(path));
      tokenizer.decode(tokenizer.encode("ab"));
    },
  });
});

/** As Llama 2 is spelled: spaces are a letter, and what no token spells falls back to bytes. */
function spelledTokenizerJson(): string {
  const bytes = Array.from({ length: 256 }, (_, byte) => {
    return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
  });
  const spellings = ["<unk>", "<s>", "</s>", ...bytes, "▁", "a", "b", "▁a", "▁ab"];
  const added = (content: string, id: number) => ({
    ...{ id, content, single_word: false, lstrip: false, rstrip: false },
    ...{ normalized: false, special: true },
  });
  const replace = (from: string, to: string) => ({
    ...{ type: "Replace", pattern: { String: from }, content: to },
  });
  return JSON.stringify({
    added_tokens: [added("<unk>", 0), added("<s>", 1), added("</s>", 2)],
    normalizer: {
      type: "Sequence",
      normalizers: [{ type: "Prepend", prepend: "▁" }, replace(" ", "▁")],
    },
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
      pair: [],
      special_tokens: { "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] } },
    },
    decoder: {
      type: "Sequence",
      decoders: [
        ...[replace("▁", " "), { type: "ByteFallback" }, { type: "Fuse" }],
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      ...{ type: "BPE", unk_token: "<unk>", fuse_unk: true, byte_fallback: true },
      vocab: Object.fromEntries(spellings.map((spelling, id) => [spelling, id])),
      merges: ["▁ a", "▁a b"],
    },
  });
}
