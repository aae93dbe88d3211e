/**
 * @file GPT-2 (https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf),
 * built in the order of the book's modules, so that a seed gives the same weights.
 */
import { UserError } from "../errors.ts";
import { formatShape } from "../graph/index.ts";
import type { Parameter, Tensor } from "../graph/index.ts";
import {
  Dropout,
  Embedding,
  forLayer,
  LayerNorm,
  Linear,
  namedParameters,
  positionsOf,
  TransformerBlock,
} from "../nn/index.ts";
import type { ForwardOptions } from "../nn/index.ts";
import { add, linear, linearCrossEntropy } from "../ops/index.ts";
import { requireGpt2Config } from "./gpt2-config.ts";
import type { Gpt2Config } from "./gpt2-config.ts";

export class Gpt2 {
  readonly config: Gpt2Config;
  readonly tokenEmbedding: Embedding;
  readonly positionEmbedding: Embedding;
  readonly blocks: readonly TransformerBlock[];
  readonly finalNorm: LayerNorm;
  /** None where the head is tied to the token embedding. */
  readonly head: Linear | undefined;
  readonly dropout: Dropout;

  /** Throws a UserError for a config that cannot be. Allocates nothing: see `initialize` and `fromHuggingFace`. */
  constructor(config: Gpt2Config) {
    requireGpt2Config(config);
    const { vocabSize, contextLength, embedDim, numLayers, dropoutRate } = config;
    this.config = config;
    this.tokenEmbedding = new Embedding(vocabSize, embedDim);
    this.positionEmbedding = new Embedding(contextLength, embedDim);
    this.blocks = Array.from({ length: numLayers }, () => new TransformerBlock(config));
    this.finalNorm = new LayerNorm(embedDim);
    if (!config.hasTiedHead) this.head = new Linear(embedDim, vocabSize, { hasBias: false });
    this.dropout = new Dropout(dropoutRate);
    namedParameters(this); // errors, optimizers and checkpoints know parameters by name
  }

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
    const [, T] = requireIds(ids, this.config.contextLength);
    const embedded = add(
      this.tokenEmbedding.forward(ids), //                        (B, T, C)
      this.positionEmbedding.forward(positionsOf(options, T)), // (T, C), or (B, T, C) behind a cache
    );
    let x = this.dropout.forward(embedded, options);
    for (const [layer, block] of this.blocks.entries()) {
      x = block.forward(x, forLayer(options, layer));
    }
    return this.finalNorm.forward(x);
  }

  /** The head alone, `(…, C) → (…, V)`: for generation, give it the last position only. */
  logits(hidden: Tensor): Tensor {
    return linear(hidden, this.#headWeight);
  }

  /** `(V, C)`. */
  get #headWeight(): Parameter {
    return this.head?.weight ?? this.tokenEmbedding.weight;
  }
}

function requireIds(ids: Tensor, contextLength: number): readonly number[] {
  if (ids.dtype !== "int32" || ids.shape.length !== 2) {
    throw new UserError(
      `gpt2: expected int32 ids of shape (B, T), got ${ids.dtype} ${formatShape(ids.shape)}.`,
    );
  }
  if (ids.shape[1] > contextLength) {
    throw new UserError(
      `gpt2: expected at most ${contextLength} tokens, the context length, got ${ids.shape[1]}. ` +
        `Keep the last ${contextLength}.`,
    );
  }
  return ids.shape;
}
