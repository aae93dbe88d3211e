/**
 * @file OLMo 3 (https://arxiv.org/abs/2512.13961): norms after attention and feed-forward instead of before, norms of all queries
 * and of all keys, and a sliding window but in every fourth layer.
 */
import type { Tensor } from "../graph/index.ts";
import { GatedFeedForward, GroupedQueryAttention, RmsNorm, Rotary } from "../nn/index.ts";
import type { ForwardOptions } from "../nn/index.ts";
import { add } from "../ops/index.ts";
import { decoderConfigFrom, decoderConfigTo } from "./decoder-config.ts";
import { Decoder } from "./decoder.ts";
import type { DecoderConfig } from "./decoder.ts";
import type { Family } from "./family.ts";
import { layerTypes, slidingPatternFrom, windowOf } from "./layer-types.ts";
import type { SlidingPattern } from "./layer-types.ts";
import { requireSupported, unsupported } from "./published-config.ts";
import type { PublishedConfig } from "./published-config.ts";
import { publishedAttention, publishedDecoder, publishedFeedForward } from "./published-layers.ts";
import { published } from "./published-tensors.ts";
import { ropeFrom, ropeParameters } from "./rope.ts";
import type { RopePlace } from "./rope.ts";
import { sizedDecoder, sizedWindow } from "./sized-decoder.ts";

/** The scaling of `rope` counts in layers that see everything only. */
export interface Olmo3Config extends DecoderConfig, SlidingPattern {}

export class Olmo3Block {
  readonly attention: GroupedQueryAttention;
  readonly norm1: RmsNorm;
  readonly feedForward: GatedFeedForward;
  readonly norm2: RmsNorm;

  constructor(config: Olmo3Config, rotary: Rotary, windowSize: number | undefined) {
    const { embedDim, numHeads, numKvHeads, headDim, normEpsilon: epsilon } = config;
    const norms = {
      query: new RmsNorm(numHeads * headDim, { epsilon }),
      key: new RmsNorm(numKvHeads * headDim, { epsilon }),
    };
    this.attention = new GroupedQueryAttention({ ...config, rotary, norms, windowSize });
    this.norm1 = new RmsNorm(embedDim, { epsilon });
    this.feedForward = new GatedFeedForward(config);
    this.norm2 = new RmsNorm(embedDim, { epsilon });
  }

  /** `(B, T, C) → (B, T, C)`. */
  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    x = add(x, this.norm1.forward(this.attention.forward(x, options)));
    return add(x, this.norm2.forward(this.feedForward.forward(x)));
  }
}

export class Olmo3 extends Decoder<Olmo3Config, Olmo3Block> {
  constructor(config: Olmo3Config) {
    const sliding = new Rotary({ ...config, theta: config.rope.theta });
    const full = new Rotary({ ...config, ...config.rope });
    const block = (layer: number) => {
      const windowSize = windowOf(layer, config);
      return new Olmo3Block(config, windowSize === undefined ? full : sliding, windowSize);
    };
    super(config, { family: "olmo3", block });
  }
}

function publishedBlock(block: Olmo3Block, path: string) {
  return [
    ...publishedAttention(block.attention, `${path}.self_attn`),
    published(`${path}.post_attention_layernorm.weight`, block.norm1.weight),
    ...publishedFeedForward(block.feedForward, `${path}.mlp`),
    published(`${path}.post_feedforward_layernorm.weight`, block.norm2.weight),
  ];
}

/** Where a `config.json` says how positions rotate in layers that see everything. */
export const olmo3Rope: RopePlace = { defaultTheta: 500_000, layerType: "full_attention" };
const slidingRope = { defaultTheta: 500_000, layerType: "sliding_attention", isScaled: false };
const defaults = { normEpsilon: 1e-5, rope: olmo3Rope };

function configFrom(json: PublishedConfig): Olmo3Config {
  requireSupported(json, { hidden_act: ["silu", undefined] });
  const config = decoderConfigFrom(json, defaults);
  const { theta, scaling } = ropeFrom(json, slidingRope);
  if (theta !== config.rope.theta || scaling) {
    const expected = `unscaled with the base ${config.rope.theta} in sliding_attention`;
    throw unsupported("rope_parameters", expected, json["rope_parameters"]);
  }
  return { ...config, ...slidingPatternFrom(json, { windowSize: 4096, fullAttentionEvery: 4 }) };
}

const configTo = (config: Olmo3Config): PublishedConfig => ({
  ...decoderConfigTo(config),
  ...{ hidden_act: "silu", sliding_window: config.windowSize },
  layer_types: layerTypes(config.numLayers, config),
  rope_parameters: {
    full_attention: ropeParameters(config.rope),
    sliding_attention: ropeParameters({ theta: config.rope.theta }),
  },
});

const size7b = {
  ...{ vocabSize: 100_278, embedDim: 4096, hiddenDim: 11_008, numLayers: 32, numHeads: 32 },
  ...{ numKvHeads: 32, headDim: 128, normEpsilon: 1e-6, hasTiedHead: false },
  ...{ windowSize: 4096, fullAttentionEvery: 4 },
};
const yarn = { kind: "yarn", factor: 8, originalContextLength: 8192 } as const;

export const olmo3Presets = {
  "Olmo-3-1025-7B": {
    ...{ ...size7b, contextLength: 65_536 },
    rope: {
      theta: 500_000,
      scaling: { ...yarn, betaFast: 32, betaSlow: 1, attentionFactor: 1.2079441541679836 },
    },
  },
} as const satisfies Record<string, Olmo3Config>;

export const olmo3Family: Family<Olmo3Config, Olmo3> = {
  name: "olmo3",
  title: "OLMo 3",
  modelType: "olmo3",
  architecture: "Olmo3ForCausalLM",
  presets: olmo3Presets,
  Model: Olmo3,
  sized: (sizes) => ({
    ...sizedDecoder(sizes),
    windowSize: sizedWindow(sizes),
    fullAttentionEvery: 4,
  }),
  make: (config) => new Olmo3(config),
  configFrom,
  configTo,
  publishedTensors: (model) => publishedDecoder(model, publishedBlock),
};
