/** @file The part of a `config.json` that Llama and its heirs have in common. */
import type { DecoderConfig } from "./decoder.ts";
import { booleanIn, numberIn, requireSupported } from "./published-config.ts";
import type { PublishedConfig } from "./published-config.ts";
import { ropeFrom, ropeTo } from "./rope.ts";
import type { RopePlace } from "./rope.ts";

/** What transformers takes for granted where a `config.json` is silent, as far as families differ. */
export interface DecoderDefaults {
  /** Default embedDim / numHeads. */
  readonly headDim?: number;
  /** Default false. */
  readonly hasTiedHead?: boolean;
  /** Default 1e-6. */
  readonly normEpsilon?: number;
  readonly rope?: RopePlace;
}

export function decoderConfigFrom(
  json: PublishedConfig,
  { headDim, hasTiedHead = false, normEpsilon = 1e-6, rope }: DecoderDefaults = {},
): DecoderConfig {
  requireSupported(json, {
    attention_bias: [false, undefined],
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
    headDim: numberIn(json, "head_dim", headDim ?? embedDim / numHeads),
    normEpsilon: numberIn(json, "rms_norm_eps", normEpsilon),
    rope: ropeFrom(json, rope),
    hasTiedHead: booleanIn(json, "tie_word_embeddings", hasTiedHead),
  };
}

export function decoderConfigTo(config: DecoderConfig): PublishedConfig {
  return {
    vocab_size: config.vocabSize,
    max_position_embeddings: config.contextLength,
    hidden_size: config.embedDim,
    intermediate_size: config.hiddenDim,
    num_hidden_layers: config.numLayers,
    num_attention_heads: config.numHeads,
    num_key_value_heads: config.numKvHeads,
    head_dim: config.headDim,
    rms_norm_eps: config.normEpsilon,
    ...ropeTo(config.rope),
    tie_word_embeddings: config.hasTiedHead,
    attention_bias: false,
    attention_dropout: 0,
  };
}
