/**
 * @file Llama 2 and 3 (https://arxiv.org/abs/2302.13971, https://arxiv.org/abs/2307.09288, https://arxiv.org/abs/2407.21783):
 * RMS norms before attention and a gated feed-forward, rotary positions, shared key heads, no biases.
 */
import {
  Embedding,
  GatedFeedForward,
  GroupedQueryAttention,
  Linear,
  namedParameters,
  PreNormBlock,
  RmsNorm,
  Rotary,
} from "../nn/index.ts";
import { CausalLanguageModel } from "./causal-language-model.ts";
import type { LanguageModelConfig } from "./causal-language-model.ts";
import type { Family } from "./family.ts";
import { booleanIn, numberIn, requireSupported } from "./published-config.ts";
import type { PublishedConfig } from "./published-config.ts";
import { publishedAttention, publishedDecoder, publishedFeedForward } from "./published-layers.ts";
import { published } from "./published-tensors.ts";
import { requireHeads, requireSizes } from "./required-sizes.ts";
import { ropeFrom, ropeTo } from "./rope.ts";
import type { Rope } from "./rope.ts";

export interface LlamaConfig extends LanguageModelConfig {
  /** Width inside the feed-forward layers. */
  readonly hiddenDim: number;
  /** Heads of keys and values. */
  readonly numKvHeads: number;
  readonly headDim: number;
  /** Added to the mean square in norms. */
  readonly normEpsilon: number;
  readonly rope: Rope;
}

export type LlamaBlock = PreNormBlock<GroupedQueryAttention, GatedFeedForward>;

export class Llama extends CausalLanguageModel {
  readonly config: LlamaConfig;
  readonly tokenEmbedding: Embedding;
  readonly blocks: readonly LlamaBlock[];
  readonly finalNorm: RmsNorm;
  readonly head: Linear | undefined;

  /** Throws a UserError for a config that cannot be. Allocates nothing: see `initialize` and `fromHuggingFace`. */
  constructor(config: LlamaConfig) {
    super();
    requireLlamaSizes("llama", config);
    const { vocabSize, embedDim, numLayers, normEpsilon: epsilon } = config;
    const rotary = new Rotary({ ...config, ...config.rope });
    this.config = config;
    this.tokenEmbedding = new Embedding(vocabSize, embedDim);
    this.blocks = Array.from({ length: numLayers }, () => {
      const attention = new GroupedQueryAttention({ ...config, rotary });
      return new PreNormBlock({
        attention,
        feedForward: new GatedFeedForward(config),
        embedDim,
        epsilon,
      });
    });
    this.finalNorm = new RmsNorm(embedDim, { epsilon });
    if (!config.hasTiedHead) this.head = new Linear(embedDim, vocabSize, { hasBias: false });
    namedParameters(this); // errors, optimizers and checkpoints know parameters by name
  }
}

/** Throws a UserError for sizes of which no model like Llama can be made. */
export function requireLlamaSizes(family: string, config: LlamaConfig): void {
  requireSizes(family, config, [
    ...(["vocabSize", "contextLength", "embedDim", "hiddenDim"] as const),
    ...(["numLayers", "numHeads", "numKvHeads", "headDim"] as const),
  ]);
  requireHeads(family, config);
}

/** What Llama's `config.json` and those of its heirs say alike. */
export function llamaConfigFrom(json: PublishedConfig): LlamaConfig {
  requireSupported(json, {
    hidden_act: ["silu", undefined],
    attention_bias: [false, undefined],
    mlp_bias: [false, undefined],
    attention_dropout: [0, undefined],
  });
  const embedDim = numberIn(json, "hidden_size");
  const numHeads = numberIn(json, "num_attention_heads");
  return {
    vocabSize: numberIn(json, "vocab_size"),
    contextLength: numberIn(json, "max_position_embeddings"),
    ...{ embedDim, numHeads },
    hiddenDim: numberIn(json, "intermediate_size"),
    numLayers: numberIn(json, "num_hidden_layers"),
    numKvHeads: numberIn(json, "num_key_value_heads", numHeads),
    headDim: numberIn(json, "head_dim", embedDim / numHeads),
    normEpsilon: numberIn(json, "rms_norm_eps", 1e-6),
    rope: ropeFrom(json),
    hasTiedHead: booleanIn(json, "tie_word_embeddings", false),
  };
}

export function llamaConfigTo(config: LlamaConfig): PublishedConfig {
  return {
    vocab_size: config.vocabSize,
    max_position_embeddings: config.contextLength,
    hidden_size: config.embedDim,
    intermediate_size: config.hiddenDim,
    num_hidden_layers: config.numLayers,
    num_attention_heads: config.numHeads,
    num_key_value_heads: config.numKvHeads,
    head_dim: config.headDim,
    hidden_act: "silu",
    rms_norm_eps: config.normEpsilon,
    ...ropeTo(config.rope),
    tie_word_embeddings: config.hasTiedHead,
    attention_bias: false,
    attention_dropout: 0,
  };
}

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
  make: (config) => new Llama(config),
  configFrom: llamaConfigFrom,
  configTo: (config) => ({ ...llamaConfigTo(config), mlp_bias: false }),
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
