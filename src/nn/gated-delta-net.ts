/**
 * @file Gated DeltaNet (https://arxiv.org/abs/2412.06464): instead of all keys and values a layer keeps one matrix a head, of which each token
 * lets some fade, and in which it replaces what its key leads to. Written as the recurrence that it is, token after token, so
 * the graph grows with the length, which therefore cannot be free.
 */
import { UserError } from "../errors.ts";
import type { Parameter, Tensor } from "../graph/index.ts";
import {
  add,
  concat,
  div,
  exp,
  matmul,
  mul,
  neg,
  pad,
  reshape,
  sigmoid,
  silu,
  slice,
  sqrt,
  stack,
  sub,
  sum,
  transpose,
  zeros,
  logSigmoid,
} from "../ops/index.ts";
import { constant, uniformInit } from "../random/index.ts";
import type { ForwardOptions } from "./forward-options.ts";
import type { LayerMemory } from "./layer-memory.ts";
import { Linear } from "./linear.ts";
import { parameter } from "./parameter.ts";
import { RmsNorm } from "./rms-norm.ts";

export interface GatedDeltaNetConfig {
  readonly embedDim: number;
  readonly numHeads: number;
  /** Width of a head's queries, keys and values. */
  readonly headDim: number;
  /** Tokens that the convolution before the recurrence sees, the own included; default 4. */
  readonly convolutionWidth?: number;
}

/** A recurrent layer in place of attention: `(B, T, C) → (B, T, C)`. */
export class GatedDeltaNet {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  /** Opens and closes what comes out. */
  readonly gate: Linear;
  /** How much of what a key leads to is replaced. */
  readonly strength: Linear;
  /** How fast the matrix fades. */
  readonly fading: Linear;
  /** Each channel's weights of the last tokens, `(convolutionWidth, 3·H·D)`, the own last. */
  readonly convolution: Parameter;
  /** The logarithm of each head's own fading, `(H,)`. */
  readonly logRate: Parameter;
  readonly norm: RmsNorm;
  readonly projection: Linear;
  readonly #config: GatedDeltaNetConfig;

  constructor(config: GatedDeltaNetConfig) {
    const { embedDim, numHeads: H, headDim: D, convolutionWidth: K = 4 } = config;
    const noBias = { hasBias: false };
    this.query = new Linear(embedDim, H * D, noBias);
    this.key = new Linear(embedDim, H * D, noBias);
    this.value = new Linear(embedDim, H * D, noBias);
    this.gate = new Linear(embedDim, H * D, noBias);
    this.strength = new Linear(embedDim, H, noBias);
    this.fading = new Linear(embedDim, H);
    this.convolution = parameter(
      [K, 3 * H * D],
      uniformInit(-1 / Math.sqrt(K), 1 / Math.sqrt(K)),
      "gain",
    );
    this.logRate = parameter([H], constant(0), "gain");
    this.norm = new RmsNorm(D);
    this.projection = new Linear(H * D, embedDim, { hasBias: false, isResidual: true });
    this.#config = config;
  }

  get memory(): LayerMemory {
    const { numHeads: H, headDim: D, convolutionWidth: K = 4 } = this.#config;
    return { numbersPerToken: 0, fixedNumbers: H * D * D + (K - 1) * 3 * H * D };
  }

  forward(x: Tensor, { cache }: ForwardOptions = {}): Tensor {
    if (cache) {
      throw new UserError(
        "gated DeltaNet: expected no cache of keys and values, got one. This layer reads a text as a whole.",
      );
    }
    const [B, T] = x.shape;
    const { numHeads: H, headDim: D } = this.#config;
    const joint = concat(
      [this.query, this.key, this.value].map((map) => map.forward(x)),
      { axis: -1 },
    );
    const mixed = reshape(silu(this.#convolve(joint)), [B, T, 3, H, D]);
    const [q, k, v] = [0, 1, 2].map((i) =>
      reshape(slice(mixed, { axis: 2, start: i, end: i + 1 }), [B, T, H, D]),
    );
    // softplus(z) = −log σ(−z)
    const rate = mul(exp(this.logRate), logSigmoid(neg(this.fading.forward(x)))); // (B, T, H)
    const y = deltaRule({
      q: mul(unit(q), 1 / Math.sqrt(D)),
      k: unit(k),
      v,
      kept: exp(rate),
      strength: sigmoid(this.strength.forward(x)),
    });
    const gate = silu(reshape(this.gate.forward(x), [B, T, H, D]));
    return this.projection.forward(reshape(mul(this.norm.forward(y), gate), [B, T, H * D]));
  }

  /** Each channel's weighted sum of its last tokens: `(B, T, C) → (B, T, C)`. */
  #convolve(x: Tensor): Tensor {
    const [, T, C] = x.shape;
    const [K] = this.convolution.shape;
    const padded = pad(x, { axis: 1, before: K - 1 });
    const terms = Array.from({ length: K }, (_, i) => {
      const weight = reshape(slice(this.convolution, { axis: 0, start: i, end: i + 1 }), [C]);
      return mul(slice(padded, { axis: 1, start: i, end: i + T }), weight);
    });
    return terms.reduce((total, term) => add(total, term));
  }
}

/** Vectors of length 1 along the last axis. */
const unit = (x: Tensor): Tensor =>
  div(x, sqrt(add(sum(mul(x, x), { axis: -1, keepDims: true }), 1e-6)));

interface Recurrence {
  /** `(B, T, H, D)` each. */
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  /** `(B, T, H)`, 0 to 1: what of the matrix stays. */
  readonly kept: Tensor;
  /** `(B, T, H)`, 0 to 1. */
  readonly strength: Tensor;
}

/** S ← kept·S; S ← S + strength·k (v − kᵀS); y = qᵀS, with S `(B, H, D, D)` from zeros: `(B, T, H, D)`. */
function deltaRule({ q, k, v, kept, strength }: Recurrence): Tensor {
  const [B, T, H, D] = q.shape;
  let S = zeros([B, H, D, D]);
  const outputs: Tensor[] = [];
  for (let t = 0; t < T; t++) {
    const at = (x: Tensor, ...shape: number[]) =>
      reshape(slice(x, { axis: 1, start: t, end: t + 1 }), [B, H, ...shape]);
    const key = at(k, 1, D);
    const faded = mul(S, at(kept, 1, 1));
    const change = mul(sub(at(v, 1, D), matmul(key, faded)), at(strength, 1, 1)); // (B, H, 1, D)
    S = add(faded, matmul(key, change, { transposeA: true }));
    outputs.push(matmul(at(q, 1, D), S));
  }
  return reshape(transpose(stack(outputs, { axis: 2 }), [0, 2, 1, 3, 4]), [B, T, H, D]);
}
