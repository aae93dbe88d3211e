/**
 * @file Multi-head latent attention (https://arxiv.org/abs/2405.04434, 2.1): of each token only a short vector is kept, from which all heads'
 * keys and values are made. Each head's map to keys is folded into its queries, and its map to values is applied after
 * mixing, so the heads share the short vectors as one head of keys and values. Queries are not compressed.
 */
import type { Parameter, Tensor } from "../graph/index.ts";
import { concat, matmul, reshape, slice, transpose } from "../ops/index.ts";
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
    this.#rotary = new Rotary({ headDim: L + R, turnedDim: R, theta, contextLength });
  }

  /** A cache of latent vectors; where keys and values are kept apart, it is held twice. */
  get memory(): LayerMemory {
    return { numbersPerToken: this.#config.latentDim + this.#config.rotaryDim };
  }

  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    const [B, T] = x.shape;
    const { numHeads: H, headDim: D, latentDim: L, rotaryDim: R } = this.#config;
    const heads = reshape(this.query.forward(x), [B, T, H, D]);
    const folded = matmul(transpose(heads, [0, 2, 1, 3]), this.keys); // (B, H, T, L)
    const plain = transpose(folded, [0, 2, 1, 3]); //                    (B, T, H, L)
    const turned = reshape(this.rotaryQuery.forward(x), [B, T, H, R]);
    const kept = this.latentNorm.forward(this.latent.forward(x)); //     (B, T, L)
    const q = reshape(interleaved(turned, plain), [B, T, H * (L + R)]);
    const k = interleaved(this.rotaryKey.forward(x), kept); //           (B, T, L + R)
    const mixed = attend(
      ...([q, k, k] as const),
      {
        ...{ numHeads: H, numKvHeads: 1, rotary: this.#rotary },
        scale: 1 / Math.sqrt(D + R),
      },
      options,
    );
    const latent = plainPart(reshape(mixed, [B, T, H, L + R]), R); //    (B, T, H, L)
    const values = matmul(transpose(latent, [0, 2, 1, 3]), this.values, { transposeB: true });
    return this.projection.forward(reshape(transpose(values, [0, 2, 1, 3]), [B, T, H * D]));
  }
}

/** `turned (…, R)` and `plain (…, L)` laid out so that pairs of channels half the width apart are of one kind: `(…, L + R)`. */
function interleaved(turned: Tensor, plain: Tensor): Tensor {
  const halves = [turned, plain].map((x) => {
    const middle = x.shape.at(-1)! / 2;
    return [slice(x, { axis: -1, end: middle }), slice(x, { axis: -1, start: middle })];
  });
  return concat([halves[0][0], halves[1][0], halves[0][1], halves[1][1]], { axis: -1 });
}

/** The plain part of what `interleaved` laid out: `(…, L + R) → (…, L)`. */
function plainPart(x: Tensor, R: number): Tensor {
  const middle = x.shape.at(-1)! / 2;
  const parts = [
    slice(x, { axis: -1, start: R / 2, end: middle }),
    slice(x, { axis: -1, start: middle + R / 2 }),
  ];
  return concat(parts, { axis: -1 });
}
