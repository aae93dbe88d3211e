/** @file Llama 2 and 3 and Mistral, which llama.cpp takes for a Llama. */
import { UserError } from "../../errors.ts";
import { numberIn, optionalNumberIn, type JsonObject } from "../json-file.ts";
import {
  llama3Factors,
  llama3Scaling,
  llama3ScalingOf,
  ropeParameters,
} from "../rope-parameters.ts";
import type { Architecture } from "./architecture.ts";
import {
  decoderConfig,
  decoderMetadata,
  decoderTemplates,
  feedForwardTemplates,
  headDimOf,
  layerTensor,
  numKvHeadsOf,
} from "./decoder-metadata.ts";
import { uint32 } from "./metadata.ts";

const windowKey = "llama.attention.sliding_window";

export const llamaArchitecture: Architecture = {
  name: "llama",
  modelTypes: ["llama", "mistral"],
  templates: [
    ...decoderTemplates,
    layerTensor("attn_norm", "input_layernorm"),
    layerTensor("attn_q", "self_attn.q_proj", (config) => {
      return { kind: "pairs", numHeads: numberIn(config, "num_attention_heads") };
    }),
    layerTensor("attn_k", "self_attn.k_proj", (config) => {
      return { kind: "pairs", numHeads: numKvHeadsOf(config) };
    }),
    layerTensor("attn_v", "self_attn.v_proj"),
    layerTensor("attn_output", "self_attn.o_proj"),
    layerTensor("ffn_norm", "post_attention_layernorm"),
    ...feedForwardTemplates,
  ],

  *metadata(config) {
    yield* decoderMetadata("llama", config);
    const window = windowOf(config);
    if (window !== undefined) yield [windowKey, uint32(window)];
  },

  extraTensors(config) {
    const { theta, type, scaling } = ropeParameters(config);
    if (type !== "llama3") return new Map();
    const factors = llama3Factors(theta, headDimOf(config), llama3Scaling(scaling));
    return new Map([["rope_freqs.weight", factors]]);
  },

  config(metadata, found) {
    const window = metadata.optionalNumber(windowKey);
    const isMistral = window !== undefined;
    const config = decoderConfig(isMistral ? "mistral" : "llama", metadata, found);
    return {
      architectures: [isMistral ? "MistralForCausalLM" : "LlamaForCausalLM"],
      ...config,
      ...(isMistral && { sliding_window: window }),
      ...(found.ropeFactors && {
        rope_scaling: scalingOf(config, found.ropeFactors, metadata.path),
      }),
    };
  },

  warning(config) {
    const window = windowOf(config);
    if (window === undefined) return undefined;
    return `llama.cpp looks at all earlier tokens, not at the last ${window}: longer texts come out differently there`;
  },
};

function windowOf(config: JsonObject): number | undefined {
  return config["model_type"] === "mistral"
    ? optionalNumberIn(config, "sliding_window")
    : undefined;
}

function scalingOf(config: JsonObject, factors: Float32Array, path: string): JsonObject {
  const found = llama3ScalingOf(numberIn(config, "rope_theta"), headDimOf(config), factors);
  if (!found) {
    throw new UserError(
      `${path}: expected rotation factors of Llama 3's kind in "rope_freqs.weight", got others. They have no counterpart in a config.json.`,
    );
  }
  return {
    rope_type: "llama3",
    factor: found.factor,
    low_freq_factor: found.lowFrequencyFactor,
    high_freq_factor: found.highFrequencyFactor,
    original_max_position_embeddings: found.originalContext,
  };
}
