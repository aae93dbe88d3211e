/** @file Qwen 3, dense and with experts, whose matrices llama.cpp stacks. */
import { numberIn } from "../../models/index.ts";
import type { JsonObject } from "../json-file.ts";
import type { Architecture } from "./architecture.ts";
import {
  attentionTemplates,
  decoderConfig,
  decoderMetadata,
  decoderTemplates,
  feedForwardTemplates,
  headNormTemplates,
  layerTensor,
} from "./decoder-metadata.ts";
import { uint32 } from "./metadata.ts";

const sharedTemplates = [
  ...decoderTemplates,
  layerTensor("attn_norm", "input_layernorm"),
  ...attentionTemplates,
  ...headNormTemplates,
  layerTensor("ffn_norm", "post_attention_layernorm"),
];

export const qwen3Architecture: Architecture = {
  name: "qwen3",
  modelTypes: ["qwen3"],
  templates: [...sharedTemplates, ...feedForwardTemplates],
  metadata: (config) => decoderMetadata("qwen3", config),
  config: (metadata, found) => ({
    architectures: ["Qwen3ForCausalLM"],
    ...decoderConfig("qwen3", metadata, found),
    use_sliding_window: false,
  }),
};

export const qwen3MoeArchitecture: Architecture = {
  name: "qwen3moe",
  modelTypes: ["qwen3_moe"],
  templates: [
    ...sharedTemplates,
    layerTensor("ffn_gate_inp", "mlp.gate"),
    layerTensor("ffn_gate_exps", "mlp.experts.{expert}.gate_proj"),
    layerTensor("ffn_up_exps", "mlp.experts.{expert}.up_proj"),
    layerTensor("ffn_down_exps", "mlp.experts.{expert}.down_proj"),
  ],

  *metadata(config) {
    yield* decoderMetadata("qwen3moe", config);
    yield ["qwen3moe.expert_count", uint32(numExpertsOf(config))];
    yield ["qwen3moe.expert_used_count", uint32(numberIn(config, "num_experts_per_tok"))];
    const width = numberIn(config, "moe_intermediate_size");
    yield ["qwen3moe.expert_feed_forward_length", uint32(width)];
  },

  config: (metadata, found) => ({
    architectures: ["Qwen3MoeForCausalLM"],
    ...decoderConfig("qwen3_moe", metadata, found),
    num_experts: metadata.number("qwen3moe.expert_count"),
    num_experts_per_tok: metadata.number("qwen3moe.expert_used_count"),
    moe_intermediate_size: metadata.number("qwen3moe.expert_feed_forward_length"),
    norm_topk_prob: true, // llama.cpp computes nothing else
    decoder_sparse_step: 1,
    mlp_only_layers: [],
    use_sliding_window: false,
  }),
};

/** transformers 4 and 5 call it differently. */
export function numExpertsOf(config: JsonObject): number {
  const name = "num_experts" in config ? "num_experts" : "num_local_experts";
  return numberIn(config, name);
}
