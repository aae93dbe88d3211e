/**
 * @file Llama 2 and 3 (https://arxiv.org/abs/2302.13971, https://arxiv.org/abs/2307.09288, https://arxiv.org/abs/2407.21783):
 * RMS norms before attention and a gated feed-forward, rotary positions, shared key heads, no biases.
 */
import { GatedFeedForward, GroupedQueryAttention, PreNormBlock, Rotary } from "../nn/index.ts";
import { decoderConfigFrom, decoderConfigTo } from "./decoder-config.ts";
import { Decoder } from "./decoder.ts";
import type { DecoderConfig } from "./decoder.ts";
import type { Family } from "./family.ts";
import { requireSupported } from "./published-config.ts";
import type { PublishedConfig } from "./published-config.ts";
import { publishedAttention, publishedDecoder, publishedFeedForward } from "./published-layers.ts";
import { published } from "./published-tensors.ts";
import { sizedDecoder } from "./sized-decoder.ts";

export type LlamaConfig = DecoderConfig;
export type LlamaBlock = PreNormBlock<GroupedQueryAttention, GatedFeedForward>;

export class Llama extends Decoder<LlamaConfig, LlamaBlock> {
  constructor(config: LlamaConfig) {
    const { embedDim, normEpsilon: epsilon } = config;
    const rotary = new Rotary({ ...config, ...config.rope });
    const block = () => {
      const attention = new GroupedQueryAttention({ ...config, rotary });
      const feedForward = new GatedFeedForward(config);
      return new PreNormBlock({ attention, feedForward, embedDim, epsilon });
    };
    super(config, { family: "llama", block });
  }
}

function configFrom(json: PublishedConfig): LlamaConfig {
  requireSupported(json, { hidden_act: ["silu", undefined], mlp_bias: [false, undefined] });
  return decoderConfigFrom(json);
}

const configTo = (config: LlamaConfig): PublishedConfig => ({
  ...decoderConfigTo(config),
  ...{ hidden_act: "silu", mlp_bias: false },
});

const llama2 = {
  ...{ vocabSize: 32000, contextLength: 4096, headDim: 128 },
  ...{ normEpsilon: 1e-5, rope: { theta: 10_000 }, hasTiedHead: false },
};
const llama3 = {
  ...llama2,
  ...{ vocabSize: 128_256, contextLength: 8192, numKvHeads: 8, rope: { theta: 500_000 } },
};
/** Version 3.1 and later: angles slowed for a context of 131,072 tokens. */
const longer = (factor: number): Pick<LlamaConfig, "contextLength" | "rope"> => {
  const turns = { lowFrequencyFactor: 1, highFrequencyFactor: 4 };
  const scaling = { kind: "llama3", factor, ...turns, originalContextLength: 8192 } as const;
  return { contextLength: 131_072, rope: { theta: 500_000, scaling } };
};
const size7b = { embedDim: 4096, numLayers: 32, numHeads: 32 };
const size13b = { embedDim: 5120, numLayers: 40, numHeads: 40 };
const size70b = { embedDim: 8192, numLayers: 80, numHeads: 64, hiddenDim: 28_672, numKvHeads: 8 };
const size8b = { ...size7b, hiddenDim: 14_336 };
const size1b = { embedDim: 2048, numLayers: 16, numHeads: 32, headDim: 64, hiddenDim: 8192 };
const size3b = { embedDim: 3072, numLayers: 28, numHeads: 24, hiddenDim: 8192 };

export const llamaPresets = {
  "Llama-2-7b": { ...llama2, ...size7b, hiddenDim: 11_008, numKvHeads: 32 },
  "Llama-2-13b": { ...llama2, ...size13b, hiddenDim: 13_824, numKvHeads: 40 },
  "Llama-2-70b": { ...llama2, ...size70b },
  "Llama-3-8B": { ...llama3, ...size8b },
  "Llama-3-70B": { ...llama3, ...size70b },
  "Llama-3.1-8B": { ...llama3, ...size8b, ...longer(8) },
  "Llama-3.1-70B": { ...llama3, ...size70b, ...longer(8) },
  "Llama-3.2-1B": { ...llama3, ...size1b, ...longer(32), hasTiedHead: true },
  "Llama-3.2-3B": { ...llama3, ...size3b, ...longer(32), hasTiedHead: true },
} as const satisfies Record<string, LlamaConfig>;

export const llamaFamily: Family<LlamaConfig, Llama> = {
  name: "llama",
  title: "Llama",
  modelType: "llama",
  architecture: "LlamaForCausalLM",
  presets: llamaPresets,
  Model: Llama,
  sized: sizedDecoder,
  make: (config) => new Llama(config),
  configFrom,
  configTo,
  publishedTensors: (model) => publishedDecoder(model, publishedLlamaBlock),
};

/** A block of Llama, or of an heir that is built alike. */
export function publishedLlamaBlock(block: LlamaBlock, path: string) {
  return [
    published(`${path}.input_layernorm.weight`, block.norm1.weight),
    ...publishedAttention(block.attention, `${path}.self_attn`),
    published(`${path}.post_attention_layernorm.weight`, block.norm2.weight),
    ...publishedFeedForward(block.feedForward, `${path}.mlp`),
  ];
}
