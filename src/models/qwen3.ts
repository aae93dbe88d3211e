/** @file Qwen 3 (https://arxiv.org/abs/2505.09388): Llama's layers, with a norm of each head's queries and keys. */
import {
  GatedFeedForward,
  GroupedQueryAttention,
  PreNormBlock,
  RmsNorm,
  Rotary,
} from "../nn/index.ts";
import { decoderConfigFrom, decoderConfigTo } from "./decoder-config.ts";
import { Decoder } from "./decoder.ts";
import type { DecoderConfig } from "./decoder.ts";
import type { Family } from "./family.ts";
import { publishedLlamaBlock } from "./llama.ts";
import type { LlamaBlock } from "./llama.ts";
import { requireSupported, unsupported } from "./published-config.ts";
import type { PublishedConfig } from "./published-config.ts";
import { publishedDecoder } from "./published-layers.ts";
import { sizedDecoder } from "./sized-decoder.ts";

export type Qwen3Config = DecoderConfig;

export class Qwen3 extends Decoder<Qwen3Config, LlamaBlock> {
  constructor(config: Qwen3Config) {
    const { embedDim, normEpsilon: epsilon } = config;
    const rotary = new Rotary({ ...config, ...config.rope });
    const block = () => {
      const attention = qwen3Attention(config, rotary);
      const feedForward = new GatedFeedForward(config);
      return new PreNormBlock({ attention, feedForward, embedDim, epsilon });
    };
    super(config, { family: "qwen3", block });
  }
}

/** Attention with a norm of each head, of Qwen 3 dense or not. */
export function qwen3Attention(config: DecoderConfig, rotary: Rotary): GroupedQueryAttention {
  const { headDim, normEpsilon: epsilon } = config;
  const norms = {
    query: new RmsNorm(headDim, { epsilon }),
    key: new RmsNorm(headDim, { epsilon }),
  };
  return new GroupedQueryAttention({ ...config, rotary, norms });
}

/** What both kinds of Qwen 3 say alike. */
export function qwen3ConfigFrom(json: PublishedConfig): DecoderConfig {
  requireSupported(json, {
    hidden_act: ["silu", undefined],
    use_sliding_window: [false, undefined],
  });
  const types = json["layer_types"] ?? [];
  if (!Array.isArray(types) || types.some((type) => type !== "full_attention")) {
    throw unsupported("layer_types", "full_attention in every layer", types);
  }
  return decoderConfigFrom(json, { headDim: 128 });
}

export const qwen3ConfigTo = (config: DecoderConfig): PublishedConfig => ({
  ...decoderConfigTo(config),
  ...{ hidden_act: "silu", use_sliding_window: false },
});

/** Common to all published sizes. */
export const qwen3Base = {
  ...{ vocabSize: 151_936, contextLength: 40_960, headDim: 128, numKvHeads: 8 },
  ...{ normEpsilon: 1e-6, rope: { theta: 1_000_000 }, hasTiedHead: true },
};

export const qwen3Presets = {
  "Qwen3-0.6B": { ...qwen3Base, embedDim: 1024, hiddenDim: 3072, numLayers: 28, numHeads: 16 },
  "Qwen3-1.7B": { ...qwen3Base, embedDim: 2048, hiddenDim: 6144, numLayers: 28, numHeads: 16 },
  "Qwen3-4B": { ...qwen3Base, embedDim: 2560, hiddenDim: 9728, numLayers: 36, numHeads: 32 },
  "Qwen3-8B": {
    ...{ ...qwen3Base, embedDim: 4096, hiddenDim: 12_288, numLayers: 36, numHeads: 32 },
    hasTiedHead: false,
  },
} as const satisfies Record<string, Qwen3Config>;

export const qwen3Family: Family<Qwen3Config, Qwen3> = {
  name: "qwen3",
  title: "Qwen 3",
  modelType: "qwen3",
  architecture: "Qwen3ForCausalLM",
  presets: qwen3Presets,
  Model: Qwen3,
  sized: sizedDecoder,
  make: (config) => new Qwen3(config),
  configFrom: qwen3ConfigFrom,
  configTo: qwen3ConfigTo,
  publishedTensors: (model) => publishedDecoder(model, publishedLlamaBlock),
};
