/**
 * @file Gemma 3 for text (https://arxiv.org/abs/2503.19786): norms before and after each part, whose factors are 1 + weight; embeddings
 * scaled by √C; GELU in the gate; five layers with a sliding window and their own rotary base, then one that sees everything.
 */
import type { Tensor } from "../graph/index.ts";
import { GatedFeedForward, GroupedQueryAttention, RmsNorm, Rotary } from "../nn/index.ts";
import type { ForwardOptions } from "../nn/index.ts";
import { add, geluTanh, mul } from "../ops/index.ts";
import { decoderConfigFrom, decoderConfigTo } from "./decoder-config.ts";
import { Decoder } from "./decoder.ts";
import type { DecoderConfig } from "./decoder.ts";
import type { Family } from "./family.ts";
import { layerTypes, slidingPatternFrom, windowOf } from "./layer-types.ts";
import type { SlidingPattern } from "./layer-types.ts";
import { numberIn, requireSupported, unsupported } from "./published-config.ts";
import type { PublishedConfig } from "./published-config.ts";
import { publishedAttention, publishedDecoder, publishedFeedForward } from "./published-layers.ts";
import { published } from "./published-tensors.ts";
import { ropeFrom } from "./rope.ts";
import type { RopePlace } from "./rope.ts";
import { sizedDecoder, sizedWindow } from "./sized-decoder.ts";

/** `rope` is that of the layers which see everything. */
export interface Gemma3Config extends DecoderConfig, SlidingPattern {
  /** The rotary base of layers with a window. */
  readonly slidingTheta: number;
  /** Scores are divided by its square root. */
  readonly queryScalar: number;
}

export class Gemma3Block {
  readonly norm1: RmsNorm;
  readonly attention: GroupedQueryAttention;
  readonly norm2: RmsNorm;
  readonly norm3: RmsNorm;
  readonly feedForward: GatedFeedForward;
  readonly norm4: RmsNorm;

  constructor(config: Gemma3Config, rotary: Rotary, windowSize: number | undefined) {
    const { embedDim, headDim, normEpsilon, queryScalar } = config;
    const norm = (dim: number) => new RmsNorm(dim, { epsilon: normEpsilon, isCentred: true });
    this.norm1 = norm(embedDim);
    this.attention = new GroupedQueryAttention({
      ...{ ...config, rotary, windowSize },
      scale: queryScalar ** -0.5,
      norms: { query: norm(headDim), key: norm(headDim) },
    });
    this.norm2 = norm(embedDim);
    this.norm3 = norm(embedDim);
    this.feedForward = new GatedFeedForward({ ...config, activation: geluTanh });
    this.norm4 = norm(embedDim);
  }

  /** `(B, T, C) → (B, T, C)`. */
  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    const mixed = this.attention.forward(this.norm1.forward(x), options);
    x = add(x, this.norm2.forward(mixed));
    const thought = this.feedForward.forward(this.norm3.forward(x));
    return add(x, this.norm4.forward(thought));
  }
}

export class Gemma3 extends Decoder<Gemma3Config, Gemma3Block> {
  constructor(config: Gemma3Config) {
    const sliding = new Rotary({ ...config, theta: config.slidingTheta });
    const full = new Rotary({ ...config, ...config.rope });
    const block = (layer: number) => {
      const windowSize = windowOf(layer, config);
      return new Gemma3Block(config, windowSize === undefined ? full : sliding, windowSize);
    };
    super(config, { family: "gemma3", block, isCentred: true });
  }

  protected override embed(ids: Tensor): Tensor {
    return mul(this.tokenEmbedding.forward(ids), Math.sqrt(this.config.embedDim));
  }
}

function publishedBlock(block: Gemma3Block, path: string) {
  return [
    published(`${path}.input_layernorm.weight`, block.norm1.weight),
    ...publishedAttention(block.attention, `${path}.self_attn`),
    published(`${path}.post_attention_layernorm.weight`, block.norm2.weight),
    published(`${path}.pre_feedforward_layernorm.weight`, block.norm3.weight),
    ...publishedFeedForward(block.feedForward, `${path}.mlp`),
    published(`${path}.post_feedforward_layernorm.weight`, block.norm4.weight),
  ];
}

/** Where a `config.json` says how positions rotate in both kinds of layers. */
export const gemma3Ropes = {
  full: { defaultTheta: 1_000_000, layerType: "full_attention" },
  sliding: {
    ...{ thetaName: "rope_local_base_freq", defaultTheta: 10_000 },
    ...{ layerType: "sliding_attention", isScaled: false },
  },
} as const satisfies Record<string, RopePlace>;

function configFrom(json: PublishedConfig): Gemma3Config {
  requireSupported(json, {
    hidden_activation: ["gelu_pytorch_tanh", undefined],
    attn_logit_softcapping: [null, undefined],
    final_logit_softcapping: [null, undefined],
    use_bidirectional_attention: [false, undefined, null],
  });
  const sliding = ropeFrom(json, gemma3Ropes.sliding);
  if (sliding.scaling) {
    throw unsupported("rope_type", "default in sliding_attention", sliding.scaling.kind);
  }
  return {
    ...decoderConfigFrom(json, { headDim: 256, hasTiedHead: true, rope: gemma3Ropes.full }),
    ...slidingPatternFrom(json, { windowSize: 4096, fullAttentionEvery: 6 }),
    slidingTheta: sliding.theta,
    queryScalar: numberIn(json, "query_pre_attn_scalar", 256),
  };
}

const configTo = (config: Gemma3Config): PublishedConfig => ({
  ...decoderConfigTo(config),
  ...{ hidden_activation: "gelu_pytorch_tanh", sliding_window: config.windowSize },
  sliding_window_pattern: config.fullAttentionEvery,
  layer_types: layerTypes(config.numLayers, config),
  rope_local_base_freq: config.slidingTheta,
  query_pre_attn_scalar: config.queryScalar,
});

const base = {
  ...{ vocabSize: 262_144, contextLength: 32_768, numHeads: 4, numKvHeads: 1, headDim: 256 },
  ...{ normEpsilon: 1e-6, rope: { theta: 1_000_000 }, slidingTheta: 10_000, hasTiedHead: true },
  ...{ windowSize: 512, fullAttentionEvery: 6, queryScalar: 256 },
};

export const gemma3Presets = {
  "gemma-3-270m": { ...base, embedDim: 640, hiddenDim: 2048, numLayers: 18 },
  "gemma-3-1b-pt": { ...base, embedDim: 1152, hiddenDim: 6912, numLayers: 26 },
} as const satisfies Record<string, Gemma3Config>;

export const gemma3Family: Family<Gemma3Config, Gemma3> = {
  name: "gemma3",
  title: "Gemma 3",
  modelType: "gemma3_text",
  architecture: "Gemma3ForCausalLM",
  presets: gemma3Presets,
  Model: Gemma3,
  sized: (sizes) => ({
    ...{ ...sizedDecoder(sizes), windowSize: sizedWindow(sizes), fullAttentionEvery: 6 },
    ...{ slidingTheta: 10_000, queryScalar: sizes.embedDim / sizes.numHeads },
  }),
  make: (config) => new Gemma3(config),
  configFrom,
  configTo,
  publishedTensors: (model) => publishedDecoder(model, publishedBlock),
};
