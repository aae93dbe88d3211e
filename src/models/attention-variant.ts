/** @file A small Llama whose attention or feed-forward is another: to compare what each kind learns and what it keeps of a text. */
import {
  GatedDeltaNet,
  GatedFeedForward,
  GroupedQueryAttention,
  LatentAttention,
  MixtureOfExperts,
  PreNormBlock,
  Rotary,
} from "../nn/index.ts";
import type { ForwardOptions, LayerMemory } from "../nn/index.ts";
import type { Tensor } from "../graph/index.ts";
import { Decoder } from "./decoder.ts";
import type { DecoderConfig } from "./decoder.ts";

/** What stands in the place of attention. */
export type Mixing =
  | { readonly kind: "multi-head" }
  /** With the config's numKvHeads. */
  | { readonly kind: "grouped-query" }
  | { readonly kind: "sliding-window"; readonly windowSize: number }
  | { readonly kind: "latent"; readonly latentDim: number; readonly rotaryDim: number }
  /** Gated DeltaNet, but for every n-th layer, which has attention. */
  | { readonly kind: "delta-net"; readonly attentionEvery: number };

export interface AttentionVariantConfig extends DecoderConfig {
  readonly mixing: Mixing;
  /** Experts in the place of one feed-forward; none unless said. */
  readonly experts?: {
    readonly expertDim: number;
    readonly numExperts: number;
    readonly numExpertsPerToken: number;
  };
}

interface Mixer {
  readonly memory: LayerMemory;
  forward(x: Tensor, options?: ForwardOptions): Tensor;
}

type Block = PreNormBlock<Mixer, GatedFeedForward | MixtureOfExperts>;

export class AttentionVariant extends Decoder<AttentionVariantConfig, Block> {
  constructor(config: AttentionVariantConfig) {
    const { embedDim, experts, normEpsilon: epsilon } = config;
    const rotary = new Rotary({ ...config, ...config.rope });
    const block = (layer: number): Block => {
      const attention = mixerOf(config, rotary, layer);
      const feedForward = experts
        ? new MixtureOfExperts({ embedDim, ...experts })
        : new GatedFeedForward(config);
      return new PreNormBlock({ attention, feedForward, embedDim, epsilon });
    };
    super(config, { family: "variant", block });
  }
}

function mixerOf(config: AttentionVariantConfig, rotary: Rotary, layer: number): Mixer {
  const { mixing, numHeads } = config;
  const whole = { ...config, numKvHeads: numHeads, rotary };
  switch (mixing.kind) {
    case "multi-head":
      return new GroupedQueryAttention(whole);
    case "grouped-query":
      return new GroupedQueryAttention({ ...config, rotary });
    case "sliding-window":
      return new GroupedQueryAttention({ ...whole, windowSize: mixing.windowSize });
    case "latent":
      return new LatentAttention({ ...config, ...mixing, theta: config.rope.theta });
    case "delta-net":
      return (layer + 1) % mixing.attentionEvery === 0
        ? new GroupedQueryAttention(whole)
        : new GatedDeltaNet(config);
  }
}
