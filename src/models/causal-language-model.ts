/** @file What every family's model is: ids in, the scores of every next token or a loss out. */
import { UserError } from "../errors.ts";
import { formatShape } from "../graph/index.ts";
import type { Parameter, Tensor } from "../graph/index.ts";
import { forLayer } from "../nn/index.ts";
import type { Embedding, ForwardOptions, LayerMemory, Linear } from "../nn/index.ts";
import { linear, linearCrossEntropy } from "../ops/index.ts";

/** What is known of every family's config. */
export interface LanguageModelConfig {
  readonly vocabSize: number;
  /** Most tokens that the model can look at. */
  readonly contextLength: number;
  /** Width of what the blocks hand on. */
  readonly embedDim: number;
  readonly numLayers: number;
  /** Heads of queries in a layer of attention. */
  readonly numHeads: number;
  /** Whether the output head is the token embedding. */
  readonly hasTiedHead: boolean;
  /** Share that is dropped in training, 0 to 1; none unless said. */
  readonly dropoutRate?: number;
}

interface Layer {
  forward(x: Tensor, options?: ForwardOptions): Tensor;
}

interface Block extends Layer {
  readonly attention: { readonly memory: LayerMemory };
}

/** A decoder: embedded tokens go through blocks, and a head reads what comes out. A family says what its parts are. */
export abstract class CausalLanguageModel {
  abstract readonly config: LanguageModelConfig;
  abstract readonly tokenEmbedding: Embedding;
  abstract readonly blocks: readonly Block[];
  abstract readonly finalNorm: Layer;
  /** None where the head is tied to the token embedding. */
  abstract readonly head: Linear | undefined;

  /** Scores of every next token, int32 `(B, T) → (B, T, V)`. */
  forward(ids: Tensor, options: ForwardOptions = {}): Tensor {
    return this.logits(this.hiddenStates(ids, options));
  }

  /** Mean cross-entropy in nats of the targets, both int32 `(B, T)`; a target of −100 does not count. */
  loss(ids: Tensor, targets: Tensor, options: ForwardOptions = {}): Tensor {
    return linearCrossEntropy(this.hiddenStates(ids, options), this.#headWeight, targets);
  }

  /** What the head reads: int32 `(B, T) → (B, T, C)`. */
  hiddenStates(ids: Tensor, options: ForwardOptions = {}): Tensor {
    requireIds(ids, this.config.contextLength);
    let x = this.embed(ids, options);
    for (const [layer, block] of this.blocks.entries()) {
      x = block.forward(x, forLayer(options, layer));
    }
    return this.finalNorm.forward(x);
  }

  /** The head alone, `(…, C) → (…, V)`: for generation, give it the last position only. */
  logits(hidden: Tensor): Tensor {
    return linear(hidden, this.#headWeight);
  }

  /** What the first block reads: int32 `(B, T) → (B, T, C)`. */
  protected embed(ids: Tensor, _options: ForwardOptions): Tensor {
    return this.tokenEmbedding.forward(ids);
  }

  /** `(V, C)`. */
  get #headWeight(): Parameter {
    return this.head?.weight ?? this.tokenEmbedding.weight;
  }
}

function requireIds(ids: Tensor, contextLength: number): void {
  if (ids.dtype !== "int32" || ids.shape.length !== 2) {
    throw new UserError(
      `model: expected int32 ids of shape (B, T), got ${ids.dtype} ${formatShape(ids.shape)}.`,
    );
  }
  if (ids.shape[1] <= contextLength) return;
  throw new UserError(
    `model: expected at most ${contextLength} tokens, the context length, got ${ids.shape[1]}. ` +
      `Keep the last ${contextLength}.`,
  );
}
