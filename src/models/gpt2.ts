/**
 * @file GPT-2 (https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf),
 * built in the order of the book's modules, so that a seed gives the same weights.
 */
import type { Tensor } from "../graph/index.ts";
import {
  Dropout,
  Embedding,
  LayerNorm,
  Linear,
  namedParameters,
  positionsOf,
  TransformerBlock,
} from "../nn/index.ts";
import type { ForwardOptions } from "../nn/index.ts";
import { add } from "../ops/index.ts";
import { CausalLanguageModel } from "./causal-language-model.ts";
import { requireGpt2Config } from "./gpt2-config.ts";
import type { Gpt2Config } from "./gpt2-config.ts";

export class Gpt2 extends CausalLanguageModel {
  readonly config: Gpt2Config;
  readonly tokenEmbedding: Embedding;
  readonly positionEmbedding: Embedding;
  readonly blocks: readonly TransformerBlock[];
  readonly finalNorm: LayerNorm;
  readonly head: Linear | undefined;
  readonly dropout: Dropout;

  /** Throws a UserError for a config that cannot be. Allocates nothing: see `initialize` and `fromHuggingFace`. */
  constructor(config: Gpt2Config) {
    super();
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

  protected override embed(ids: Tensor, options: ForwardOptions): Tensor {
    const embedded = add(
      this.tokenEmbedding.forward(ids), //                                   (B, T, C)
      this.positionEmbedding.forward(positionsOf(options, ids.shape[1])), // (T, C), or (B, T, C) behind a cache
    );
    return this.dropout.forward(embedded, options);
  }
}
