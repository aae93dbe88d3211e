/** @file Llama 2 and 3 and Mistral, which llama.cpp takes for a Llama. */
import { UserError } from "../../errors.ts";
import { ropeFrom, ropeTo, numberIn } from "../../models/index.ts";
import { optionalNumberIn, type JsonObject } from "../json-file.ts";
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
import { llama3ScalingOf, slowingFactors } from "./rope-scaling.ts";

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
    const rope = ropeFrom(config);
    if (rope.scaling?.kind !== "llama3") return new Map();
    return new Map([["rope_freqs.weight", slowingFactors(rope, headDimOf(config))]]);
  },

  config(metadata, found) {
    const window = metadata.optionalNumber(windowKey);
    const isMistral = window !== undefined;
    const config = decoderConfig(isMistral ? "mistral" : "llama", metadata, found);
    return {
      architectures: [isMistral ? "MistralForCausalLM" : "LlamaForCausalLM"],
      ...config,
      ...(isMistral && { sliding_window: window }),
      ...(found.ropeFactors && scaledRope(config, found.ropeFactors, metadata.path)),
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

function scaledRope(config: JsonObject, factors: Float32Array, path: string): JsonObject {
  const theta = numberIn(config, "rope_theta");
  const isWhole = 2 * factors.length === headDimOf(config);
  const scaling = isWhole ? llama3ScalingOf(theta, factors) : undefined;
  if (scaling) return ropeTo({ theta, scaling });
  throw new UserError(
    `${path}: expected rotation factors of Llama 3's kind in "rope_freqs.weight", got others. They have no counterpart in a config.json.`,
  );
}
