/**
 * @file Multi-head latent attention (https://arxiv.org/abs/2405.04434, 2.1): of each token only a short vector is kept, from which all heads'
 * keys and values are made. Each head's map to keys is folded into its queries, and its map to values is applied after
 * mixing, so the heads share the short vectors as one head of keys and values. Queries are not compressed.
 */
import type { Parameter, Tensor } from "../graph/index.ts";
import {
  concat,
  gather,
  matmul,
  reshape,
  rotaryEmbedding,
  slice,
  transpose,
  turned,
} from "../ops/index.ts";
import { uniformInit } from "../random/index.ts";
import { attend } from "./attend.ts";
import type { ForwardOptions } from "./forward-options.ts";
import type { LayerMemory } from "./layer-memory.ts";
import { Linear } from "./linear.ts";
import { parameter } from "./parameter.ts";
import { RmsNorm } from "./rms-norm.ts";
import { Rotary } from "./rotary.ts";

export interface LatentAttentionConfig {
  readonly embedDim: number;
  readonly numHeads: number;
  /** Width of a head's keys without position, and of its values. */
  readonly headDim: number;
  /** Width of what is kept of a token; even. */
  readonly latentDim: number;
  /** Width of the part of keys that carries the position, one for all heads; even. */
  readonly rotaryDim: number;
  readonly contextLength: number;
  /** Base of the rotary wavelengths; default 10,000. */
  readonly theta?: number;
}

/** Causal attention over latent vectors: `(B, T, C) → (B, T, C)`. */
export class LatentAttention {
  readonly query: Linear;
  readonly rotaryQuery: Linear;
  readonly latent: Linear;
  readonly rotaryKey: Linear;
  readonly latentNorm: RmsNorm;
  /** Each head's map from latent vectors to keys, `(H, headDim, latentDim)`. */
  readonly keys: Parameter;
  /** Each head's map from latent vectors to values, `(H, headDim, latentDim)`. */
  readonly values: Parameter;
  readonly projection: Linear;
  readonly #config: LatentAttentionConfig;
  readonly #rotary: Rotary;

  constructor(config: LatentAttentionConfig) {
    const { embedDim, numHeads: H, headDim: D, latentDim: L, rotaryDim: R } = config;
    const noBias = { hasBias: false };
    const likeLinear = uniformInit(-1 / Math.sqrt(L), 1 / Math.sqrt(L));
    this.query = new Linear(embedDim, H * D, noBias);
    this.rotaryQuery = new Linear(embedDim, H * R, noBias);
    this.latent = new Linear(embedDim, L, noBias);
    this.rotaryKey = new Linear(embedDim, R, noBias);
    this.latentNorm = new RmsNorm(L);
    this.keys = parameter([H, D, L], likeLinear);
    this.values = parameter([H, D, L], likeLinear);
    this.projection = new Linear(H * D, embedDim, { hasBias: false, isResidual: true });
    this.#config = config;
    const { contextLength, theta = 10_000 } = config;
    this.#rotary = new Rotary({ headDim: R, theta, contextLength });
  }

  get memory(): LayerMemory {
    return { numbersPerToken: this.#config.latentDim + this.#config.rotaryDim };
  }

  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    const [B, T] = x.shape;
    const { numHeads: H, headDim: D, latentDim: L, rotaryDim: R } = this.#config;
    const heads = reshape(this.query.forward(x), [B, T, H, D]);
    const folded = matmul(transpose(heads, [0, 2, 1, 3]), this.keys); // (B, H, T, L)
    const plain = transpose(folded, [0, 2, 1, 3]); //                    (B, T, H, L)
    const turn = this.#turning(T, options);
    const placed = reshape(turn(this.rotaryQuery.forward(x)), [B, T, H, R]);
    const kept = this.latentNorm.forward(this.latent.forward(x)); //     (B, T, L)
    const q = reshape(concat([placed, plain], { axis: -1 }), [B, T, H * (R + L)]);
    const k = concat([turn(this.rotaryKey.forward(x)), kept], { axis: -1 }); // (B, T, R + L)
    const mixed = attend(
      ...([q, k, k] as const),
      { numHeads: H, numKvHeads: 1, scale: 1 / Math.sqrt(D + R), hasSharedCache: true },
      options,
    );
    const latent = slice(reshape(mixed, [B, T, H, R + L]), { axis: -1, start: R }); // (B, T, H, L)
    const values = matmul(transpose(latent, [0, 2, 1, 3]), this.values, { transposeB: true });
    return this.projection.forward(reshape(transpose(values, [0, 2, 1, 3]), [B, T, H * D]));
  }

  /** Turns what carries positions, keys before they are kept: what is kept serves as values too. */
  #turning(T: number, { cache }: ForwardOptions): (x: Tensor) => Tensor {
    const { cos, sin } = this.#rotary.tables();
    if (!cache) return (x) => rotaryEmbedding(x, cos, sin);
    const at = cache.positions(T); // (B, T)
    const tables = [gather(cos, at), gather(sin, at)] as const;
    return (x) => turned(x, ...tables);
  }
}
