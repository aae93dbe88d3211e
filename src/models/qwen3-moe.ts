/** @file Qwen 3 with a mixture of experts (https://arxiv.org/abs/2505.09388): Qwen 3 where each token asks a few of many feed-forwards. */
import { MixtureOfExperts, PreNormBlock, Rotary } from "../nn/index.ts";
import type { GroupedQueryAttention } from "../nn/index.ts";
import { Decoder } from "./decoder.ts";
import type { DecoderConfig } from "./decoder.ts";
import type { Family } from "./family.ts";
import { booleanIn, numberIn, requireSupported, unsupported } from "./published-config.ts";
import type { PublishedConfig } from "./published-config.ts";
import { publishedAttention, publishedDecoder } from "./published-layers.ts";
import { published, publishedPlane } from "./published-tensors.ts";
import { qwen3Attention, qwen3Base, qwen3ConfigFrom, qwen3ConfigTo } from "./qwen3.ts";
import { requireSizes } from "./required-sizes.ts";
import { sizedDecoder, wholeBlocks } from "./sized-decoder.ts";

/** `hiddenDim` is published but has no meaning here: every layer has experts. */
export interface Qwen3MoeConfig extends DecoderConfig {
  /** Width inside an expert. */
  readonly expertDim: number;
  readonly numExperts: number;
  /** Experts that a token asks. */
  readonly numExpertsPerToken: number;
  /** Whether the shares of those asked are made to sum to 1. */
  readonly hasNormalisedShares: boolean;
}

type Qwen3MoeBlock = PreNormBlock<GroupedQueryAttention, MixtureOfExperts>;

export class Qwen3Moe extends Decoder<Qwen3MoeConfig, Qwen3MoeBlock> {
  constructor(config: Qwen3MoeConfig) {
    requireSizes("qwen3-moe", config, ["expertDim", "numExperts", "numExpertsPerToken"]);
    const { embedDim, normEpsilon: epsilon } = config;
    const rotary = new Rotary({ ...config, ...config.rope });
    const block = () => {
      const attention = qwen3Attention(config, rotary);
      const feedForward = new MixtureOfExperts(config);
      return new PreNormBlock({ attention, feedForward, embedDim, epsilon });
    };
    super(config, { family: "qwen3-moe", block });
  }
}

function publishedBlock(block: Qwen3MoeBlock, path: string) {
  const { router, gate, up, down } = block.feedForward;
  return [
    published(`${path}.input_layernorm.weight`, block.norm1.weight),
    ...publishedAttention(block.attention, `${path}.self_attn`),
    published(`${path}.post_attention_layernorm.weight`, block.norm2.weight),
    published(`${path}.mlp.gate.weight`, router.weight),
    ...Array.from({ length: gate.shape[0] }, (_, expert) => [
      publishedPlane(`${path}.mlp.experts.${expert}.gate_proj.weight`, gate, expert),
      publishedPlane(`${path}.mlp.experts.${expert}.up_proj.weight`, up, expert),
      publishedPlane(`${path}.mlp.experts.${expert}.down_proj.weight`, down, expert),
    ]).flat(),
  ];
}

function configFrom(json: PublishedConfig): Qwen3MoeConfig {
  requireSupported(json, { decoder_sparse_step: [1, undefined] });
  const dense = json["mlp_only_layers"] ?? [];
  if (!Array.isArray(dense) || dense.length > 0) throw unsupported("mlp_only_layers", [], dense);
  const numExperts = json["num_local_experts"] === undefined ? "num_experts" : "num_local_experts";
  return {
    ...qwen3ConfigFrom(json),
    expertDim: numberIn(json, "moe_intermediate_size", 768),
    numExperts: numberIn(json, numExperts, 128),
    numExpertsPerToken: numberIn(json, "num_experts_per_tok", 8),
    hasNormalisedShares: booleanIn(json, "norm_topk_prob", false),
  };
}

const configTo = (config: Qwen3MoeConfig): PublishedConfig => ({
  ...qwen3ConfigTo(config),
  ...{ decoder_sparse_step: 1, mlp_only_layers: [] },
  moe_intermediate_size: config.expertDim,
  num_experts: config.numExperts,
  num_experts_per_tok: config.numExpertsPerToken,
  norm_topk_prob: config.hasNormalisedShares,
});

export const qwen3MoePresets = {
  "Qwen3-30B-A3B": {
    ...{ ...qwen3Base, embedDim: 2048, hiddenDim: 6144, numLayers: 48, numHeads: 32 },
    ...{ numKvHeads: 4, hasTiedHead: false, hasNormalisedShares: true },
    ...{ expertDim: 768, numExperts: 128, numExpertsPerToken: 8 },
  },
} as const satisfies Record<string, Qwen3MoeConfig>;

export const qwen3MoeFamily: Family<Qwen3MoeConfig, Qwen3Moe> = {
  name: "qwen3-moe",
  title: "Qwen 3 with a mixture of experts",
  modelType: "qwen3_moe",
  architecture: "Qwen3MoeForCausalLM",
  presets: qwen3MoePresets,
  Model: Qwen3Moe,
  sized: (sizes) => {
    const { hiddenDim, ...rest } = sizedDecoder(sizes);
    const experts = { numExperts: 8, numExpertsPerToken: 2, hasNormalisedShares: true };
    return { ...rest, hiddenDim, expertDim: wholeBlocks(hiddenDim / 2), ...experts };
  },
  make: (config) => new Qwen3Moe(config),
  configFrom,
  configTo,
  publishedTensors: (model) => publishedDecoder(model, publishedBlock),
};
