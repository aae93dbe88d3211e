/** @file OpenAI's two file formats, and the names of models. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readGpt2Files } from "./gpt2-files.ts";
import { loadEncoding } from "./load-encoding.ts";
import { encodingNameForModel } from "./models.ts";
import { readRankFile, writeRankFile } from "./rank-file.ts";

const gpt2 = await loadEncoding("gpt2");

describe("a .tiktoken file", () => {
  test("holds all tokens", () => {
    const { tokens } = gpt2.parts;
    const file = writeRankFile(tokens);
    expect(file.split("\n").slice(0, 3)).toEqual(["IQ== 0", "Ig== 1", "Iw== 2"]);
    const read = readRankFile(file);
    expect(read.bytes).toEqual(tokens.bytes);
    expect(read.starts).toEqual(tokens.starts);
  });

  test.each([
    ["IQ== 0\nIg==\n", 'line 2: expected a token in base64, a space and its rank, got "Ig==".'],
    ["IQ== 0\r\n? 1", 'line 2: expected a token in base64, a space and its rank, got "? 1".'],
    ["IQ== 0\nIg== 0\n", "line 2: expected an id that no line before has"],
  ])("that is broken, %j, is an error", (file, message) => {
    expect(() => readRankFile(file)).toThrow(message);
  });
});

test.each([
  ["gpt-4o", "o200k_base"],
  ["gpt-4o-2024-05-13", "o200k_base"],
  ["gpt-5-mini", "o200k_base"],
  ["gpt-4", "cl100k_base"],
  ["gpt-4-0314", "cl100k_base"],
  ["ft:gpt-4o:mine", "o200k_base"],
  ["ft:gpt-4:mine", "cl100k_base"],
  ["gpt-oss-20b", "o200k_harmony"],
  ["text-davinci-003", "p50k_base"],
  ["text-davinci-edit-001", "p50k_edit"],
  ["davinci", "r50k_base"],
  ["gpt2", "gpt2"],
])("%s uses %s", (model, encoding) => {
  expect(encodingNameForModel(model)).toBe(encoding);
});

test("an unknown model is an error", () => {
  expect(() => encodingNameForModel("llama-3")).toThrow(
    'model: expected the name of an OpenAI model, got "llama-3". Name its encoding instead, such as o200k_base.',
  );
});

const folder = process.env["SCRATCHLM_DATA"] ?? "";
const hasFiles = folder !== "" && existsSync(join(folder, "encoder.json"));
if (!hasFiles) console.warn("skipped: GPT-2's own files need SCRATCHLM_DATA/encoder.json");

describe.skipIf(!hasFiles)("encoder.json and vocab.bpe", () => {
  const read = (name: string) => (hasFiles ? readFileSync(join(folder, name), "utf8") : "{}");
  const encoder: unknown = JSON.parse(read("encoder.json"));

  test("are the encoding gpt2", () => {
    const tokenizer = readGpt2Files(encoder, read("vocab.bpe"));
    const text =
      "I HAD always thought Jack Gisburn rather a cheap genius -- 你好 👍\n\n  def f(): pass\n".repeat(
        3,
      );
    expect(tokenizer.encode(text)).toEqual(gpt2.encode(text));
    expect(tokenizer.vocabSize).toBe(gpt2.vocabSize);
    expect(tokenizer.parts.tokens.bytes).toEqual(gpt2.parts.tokens.bytes);
    expect([...tokenizer.parts.merges.entries()]).toEqual([...gpt2.parts.merges.entries()]);
  });

  test("that do not belong together are an error", () => {
    expect(() => readGpt2Files({ "!": 0 }, "#version: 0.2\na b\n")).toThrow(
      'vocab.bpe: expected merges of tokens of encoder.json, got "a".',
    );
    expect(() => readGpt2Files([], "")).toThrow("encoder.json: expected an object");
  });
});
