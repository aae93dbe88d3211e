/** @file Mistral (https://arxiv.org/abs/2310.06825): Llama's layers, and each token sees a sliding window of those before it. */
import { GatedFeedForward, GroupedQueryAttention, PreNormBlock, Rotary } from "../nn/index.ts";
import { decoderConfigFrom, decoderConfigTo } from "./decoder-config.ts";
import { Decoder } from "./decoder.ts";
import type { DecoderConfig } from "./decoder.ts";
import type { Family } from "./family.ts";
import { publishedLlamaBlock } from "./llama.ts";
import type { LlamaBlock } from "./llama.ts";
import { numberIn, requireSupported } from "./published-config.ts";
import type { PublishedConfig } from "./published-config.ts";
import { publishedDecoder } from "./published-layers.ts";
import { sizedDecoder, sizedWindow } from "./sized-decoder.ts";

export interface MistralConfig extends DecoderConfig {
  /** How many positions a token sees, its own included; all before it where there is none. */
  readonly windowSize?: number;
}

export class Mistral extends Decoder<MistralConfig, LlamaBlock> {
  constructor(config: MistralConfig) {
    const { embedDim, windowSize, normEpsilon: epsilon } = config;
    const rotary = new Rotary({ ...config, ...config.rope });
    const block = () => {
      const attention = new GroupedQueryAttention({ ...config, rotary, windowSize });
      const feedForward = new GatedFeedForward(config);
      return new PreNormBlock({ attention, feedForward, embedDim, epsilon });
    };
    super(config, { family: "mistral", block });
  }
}

function configFrom(json: PublishedConfig): MistralConfig {
  requireSupported(json, { hidden_act: ["silu", undefined], layer_types: [undefined, null] });
  const window =
    json["sliding_window"] === null ? {} : { windowSize: numberIn(json, "sliding_window", 4096) };
  return { ...decoderConfigFrom(json), ...window };
}

const configTo = (config: MistralConfig): PublishedConfig => ({
  ...decoderConfigTo(config),
  ...{ hidden_act: "silu", sliding_window: config.windowSize ?? null },
});

const size7b = {
  ...{ contextLength: 32_768, embedDim: 4096, hiddenDim: 14_336, numLayers: 32 },
  ...{ numHeads: 32, numKvHeads: 8, headDim: 128, normEpsilon: 1e-5, hasTiedHead: false },
};

export const mistralPresets = {
  "Mistral-7B-v0.1": { ...size7b, vocabSize: 32_000, rope: { theta: 10_000 }, windowSize: 4096 },
  "Mistral-7B-v0.3": { ...size7b, vocabSize: 32_768, rope: { theta: 1_000_000 } },
  "Mistral-Nemo-Base-2407": {
    ...{ ...size7b, vocabSize: 131_072, contextLength: 128_000, embedDim: 5120, numLayers: 40 },
    rope: { theta: 1_000_000 },
  },
} as const satisfies Record<string, MistralConfig>;

export const mistralFamily: Family<MistralConfig, Mistral> = {
  name: "mistral",
  title: "Mistral",
  modelType: "mistral",
  architecture: "MistralForCausalLM",
  presets: mistralPresets,
  Model: Mistral,
  sized: (sizes) => ({
    ...sizedDecoder(sizes),
    windowSize: sizedWindow(sizes),
  }),
  make: (config) => new Mistral(config),
  configFrom,
  configTo,
  publishedTensors: (model) => publishedDecoder(model, publishedLlamaBlock),
};
