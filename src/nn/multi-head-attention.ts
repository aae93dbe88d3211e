/** @file Several causal heads side by side: as separate layers, and as one layer that is cut into heads. */
import { UserError } from "../errors.ts";
import type { Tensor } from "../graph/index.ts";
import { concat, linear, reshape, split, transpose } from "../ops/index.ts";
import { attend } from "./attend.ts";
import { CausalAttention } from "./causal-attention.ts";
import type { AttentionConfig } from "./causal-attention.ts";
import { Dropout } from "./dropout.ts";
import type { ForwardOptions } from "./forward-options.ts";
import type { LayerMemory } from "./layer-memory.ts";
import { Linear } from "./linear.ts";

export interface MultiHeadAttentionConfig extends AttentionConfig {
  readonly numHeads: number;
}

/** Causal heads whose results stand side by side: `(…, T, inputDim) → (…, T, numHeads · outputDim)`. */
export class MultiHeadAttentionWrapper {
  readonly heads: readonly CausalAttention[];

  constructor({ numHeads, ...head }: MultiHeadAttentionConfig) {
    this.heads = Array.from({ length: numHeads }, () => new CausalAttention(head));
  }

  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    return concat(
      this.heads.map((head) => head.forward(x, options)),
      { axis: -1 },
    );
  }
}

/** Causal multi-head attention with an output map: `(B, T, inputDim) → (B, T, outputDim)`. */
export class MultiHeadAttention {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly projection: Linear;
  readonly dropout: Dropout;
  readonly numHeads: number;

  constructor(config: MultiHeadAttentionConfig) {
    const { inputDim, outputDim, numHeads, dropoutRate = 0, hasQkvBias = false } = config;
    if (outputDim % numHeads !== 0) {
      throw new UserError(
        `attention: expected outputDim divisible by numHeads, got ${outputDim} and ${numHeads}.`,
      );
    }
    this.query = new Linear(inputDim, outputDim, { hasBias: hasQkvBias });
    this.key = new Linear(inputDim, outputDim, { hasBias: hasQkvBias });
    this.value = new Linear(inputDim, outputDim, { hasBias: hasQkvBias });
    this.projection = new Linear(outputDim, outputDim, { isResidual: true });
    this.dropout = new Dropout(dropoutRate);
    this.numHeads = numHeads;
  }

  get memory(): LayerMemory {
    return { numbersPerToken: 2 * this.key.weight.shape[0] };
  }

  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    const [q, k, v] = this.#queriesKeysValues(x); // (B, T, outputDim) each
    const { numHeads, dropout } = this;
    const mixed = attend(q, k, v, { numHeads, numKvHeads: numHeads, dropout }, options);
    return this.projection.forward(mixed); // (B, T, outputDim)
  }

  /** The three maps as one product of matrices. */
  #queriesKeysValues(x: Tensor): readonly Tensor[] {
    const maps = [this.query, this.key, this.value];
    const weight = concat(
      maps.map((map) => map.weight),
      { axis: 0 },
    );
    const biases = maps.flatMap(({ bias }) => bias ?? []);
    const bias = biases.length > 0 ? concat(biases, { axis: 0 }) : undefined;
    return split(linear(x, weight, bias), 3);
  }
}

/** `(B, T, H·D) → (B, H, T, D)`. */
export function splitHeads(x: Tensor, H: number): Tensor {
  const [B, T, C] = x.shape;
  return transpose(reshape(x, [B, T, H, C / H]), [0, 2, 1, 3]);
}

/** `(B, H, T, D) → (B, T, H·D)`. */
export function joinHeads(x: Tensor): Tensor {
  const [B, H, T, D] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [B, T, H * D]);
}
