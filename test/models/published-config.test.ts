/** What a `config.json` says is read as transformers reads it, and what no model of ours computes is an error that names it. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { UserError } from "../../src/errors.ts";
import { fromHuggingFaceConfig } from "../../src/models/index.ts";
import type { LlamaConfig } from "../../src/models/index.ts";
import { Rotary } from "../../src/nn/index.ts";
import { relativeError } from "./fixture.ts";

const fixture = (path: string) => new URL(`../fixtures/${path}`, import.meta.url);
const json = async (path: string) => JSON.parse(await readFile(fixture(path), "utf8"));
const configOf = (name: string) => json(`models/${name}/config.json`);

interface Tables {
  readonly rope_parameters: Readonly<Record<string, unknown>>;
  readonly positions: readonly number[];
  readonly cos: readonly number[];
  readonly sin: readonly number[];
}

describe("rotary tables are transformers'", async () => {
  const cases = (await json("layers/rotary.json")) as Record<string, Tables>;
  const llama = await configOf("llama2-tiny");

  test.each(Object.entries(cases))("%s", (_, { rope_parameters, positions, cos, sin }) => {
    const { rope_theta, ...rope_scaling } = rope_parameters;
    const { rope_parameters: _new, ...older } = llama;
    const bothWords = [
      { ...llama, rope_parameters },
      { ...older, rope_theta, rope_scaling },
    ];
    for (const words of bothWords) {
      const config = fromHuggingFaceConfig({ ...words, max_position_embeddings: 64 })
        .config as LlamaConfig;
      const tables = new Rotary({ ...config, ...config.rope }).tables();
      const rows = (data: ArrayLike<number>) =>
        positions.flatMap((at) => Array.from(data).slice(at * 8, (at + 1) * 8));
      // another library's pow, cos and sin
      expect(relativeError(rows(tables.cos.data), cos)).toBeLessThan(1e-5);
      expect(relativeError(rows(tables.sin.data), sin)).toBeLessThan(1e-5);
    }
  });
});

test.each([
  ["llama2-tiny", { hidden_act: "gelu" }, '"hidden_act" to be silu, got gelu'],
  ["llama2-tiny", { attention_bias: true }, '"attention_bias" to be false, got true'],
  ["llama2-tiny", { mlp_bias: true }, '"mlp_bias" to be false, got true'],
  ["llama2-tiny", { attention_dropout: 0.1 }, '"attention_dropout" to be 0, got 0.1'],
  ["llama2-tiny", { quantization_config: { bits: 4 } }, '"quantization_config" to be none'],
  ["llama2-tiny", { hidden_size: undefined }, '"hidden_size" to be a number, got none'],
  ["llama2-tiny", { head_dim: 7 }, "expected an even headDim"],
  ["llama2-tiny", { num_key_value_heads: 3 }, "numHeads divisible by numKvHeads, got 4 and 3"],
  ["llama2-tiny", { num_hidden_layers: 1e9 }, "at most 10000 layers"],
  [
    "llama2-tiny",
    { rope_parameters: { rope_type: "longrope" } },
    '"rope_type" to be default, linear',
  ],
  [
    "llama2-tiny",
    { rope_parameters: { rope_type: "yarn", factor: 2, mscale: 1 } },
    '"mscale" to be none, got 1',
  ],
  ["mistral-tiny", { layer_types: ["full_attention"] }, '"layer_types" to be none'],
  ["qwen3-tiny", { use_sliding_window: true }, '"use_sliding_window" to be false, got true'],
  ["qwen3-moe-tiny", { mlp_only_layers: [0] }, '"mlp_only_layers" to be [], got [0]'],
  ["qwen3-moe-tiny", { decoder_sparse_step: 2 }, '"decoder_sparse_step" to be 1, got 2'],
  ["gemma3-tiny", { final_logit_softcapping: 30 }, '"final_logit_softcapping" to be null, got 30'],
  ["gemma3-tiny", { use_bidirectional_attention: true }, '"use_bidirectional_attention"'],
  [
    "gemma3-tiny",
    { layer_types: ["full_attention"] },
    '"layer_types" to be full_attention in every',
  ],
  ["olmo3-tiny", { hidden_act: "relu" }, '"hidden_act" to be silu, got relu'],
])("%s with %j is refused", async (name, change, says) => {
  const published = { ...(await configOf(name)), ...change };
  const make = () => {
    const { family, config } = fromHuggingFaceConfig(published);
    return family.make(config);
  };
  expect(make).toThrow(UserError);
  expect(make).toThrow(says);
});
