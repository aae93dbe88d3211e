/** @file Attention in which several heads of queries share keys and values (https://arxiv.org/abs/2305.13245). */
import { UserError } from "../errors.ts";
import type { Tensor } from "../graph/index.ts";
import { reshape } from "../ops/index.ts";
import { attend } from "./attend.ts";
import type { ForwardOptions } from "./forward-options.ts";
import type { LayerMemory } from "./layer-memory.ts";
import { Linear } from "./linear.ts";
import type { RmsNorm } from "./rms-norm.ts";
import type { Rotary } from "./rotary.ts";

export interface GroupedQueryAttentionConfig {
  /** Width of input and output. */
  readonly embedDim: number;
  readonly numHeads: number;
  /** Heads of keys and values; numHeads of them is multi-head attention, one is multi-query attention. */
  readonly numKvHeads: number;
  readonly headDim: number;
  /** Default false. */
  readonly hasQkvBias?: boolean;
  /** Turns queries and keys by their positions. */
  readonly rotary?: Rotary;
  /** How many positions a token sees, its own included; all before it unless said. */
  readonly windowSize?: number | undefined;
  /** Factor of the scores; 1/√headDim unless said. */
  readonly scale?: number;
  /** Norms of queries and keys before they are turned; as wide as a head, or as all heads together. */
  readonly norms?: { readonly query: RmsNorm; readonly key: RmsNorm };
}

/** Causal attention with an output map: `(B, T, embedDim) → (B, T, embedDim)`. */
export class GroupedQueryAttention {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly projection: Linear;
  readonly queryNorm: RmsNorm | undefined;
  readonly keyNorm: RmsNorm | undefined;
  readonly #config: GroupedQueryAttentionConfig;

  constructor(config: GroupedQueryAttentionConfig) {
    const { embedDim, numHeads, numKvHeads, headDim, hasQkvBias = false } = config;
    if (numHeads % numKvHeads !== 0) {
      throw new UserError(
        `attention: expected numHeads divisible by numKvHeads, got ${numHeads} and ${numKvHeads}.`,
      );
    }
    const bias = { hasBias: hasQkvBias };
    this.query = new Linear(embedDim, numHeads * headDim, bias);
    this.key = new Linear(embedDim, numKvHeads * headDim, bias);
    this.value = new Linear(embedDim, numKvHeads * headDim, bias);
    this.projection = new Linear(numHeads * headDim, embedDim, {
      hasBias: false,
      isResidual: true,
    });
    this.queryNorm = config.norms?.query;
    this.keyNorm = config.norms?.key;
    this.#config = config;
  }

  get memory(): LayerMemory {
    const { numKvHeads, headDim, windowSize } = this.#config;
    return { numbersPerToken: 2 * numKvHeads * headDim, windowSize };
  }

  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    const q = normed(this.query.forward(x), this.queryNorm); // (B, T, H·D)
    const k = normed(this.key.forward(x), this.keyNorm); //     (B, T, KV·D)
    const v = this.value.forward(x);
    return this.projection.forward(attend(q, k, v, this.#config, options));
  }
}

/** Each run of channels that is as wide as the norm, by itself: `(B, T, C) → (B, T, C)`. */
function normed(x: Tensor, norm: RmsNorm | undefined): Tensor {
  if (!norm) return x;
  const [B, T, C] = x.shape;
  const [D] = norm.weight.shape;
  return reshape(norm.forward(reshape(x, [B, T, C / D, D])), [B, T, C]);
}
