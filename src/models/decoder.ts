/** @file What Llama and its heirs have around their blocks: an embedding of tokens alone, a last RMS norm, a head without bias. */
import { Embedding, Linear, namedParameters, RmsNorm } from "../nn/index.ts";
import type { ForwardOptions, LayerMemory } from "../nn/index.ts";
import type { Tensor } from "../graph/index.ts";
import { CausalLanguageModel } from "./causal-language-model.ts";
import type { LanguageModelConfig } from "./causal-language-model.ts";
import { requireHeads, requireSizes } from "./required-sizes.ts";
import type { Rope } from "./rope.ts";

/** What is alike in the configs of Llama and its heirs. */
export interface DecoderConfig extends LanguageModelConfig {
  /** Width inside the feed-forward layers. */
  readonly hiddenDim: number;
  /** Heads of keys and values. */
  readonly numKvHeads: number;
  readonly headDim: number;
  /** Added to the mean square in norms. */
  readonly normEpsilon: number;
  readonly rope: Rope;
}

interface Block {
  readonly attention: { readonly memory: LayerMemory };
  forward(x: Tensor, options?: ForwardOptions): Tensor;
}

export interface DecoderParts<B> {
  /** The family's name, for errors. */
  readonly family: string;
  readonly block: (layer: number) => B;
  /** Whether the last norm is `1 + weight`. Default false. */
  readonly isCentred?: boolean;
}

export abstract class Decoder<
  C extends DecoderConfig,
  B extends Block,
> extends CausalLanguageModel {
  readonly config: C;
  readonly tokenEmbedding: Embedding;
  readonly blocks: readonly B[];
  readonly finalNorm: RmsNorm;
  readonly head: Linear | undefined;

  /** Throws a UserError for a config that cannot be. Allocates nothing: see `initialize` and `fromHuggingFace`. */
  constructor(config: C, { family, block, isCentred = false }: DecoderParts<B>) {
    super();
    requireSizes<DecoderConfig>(family, config, [
      ...(["vocabSize", "contextLength", "embedDim", "hiddenDim"] as const),
      ...(["numLayers", "numHeads", "numKvHeads", "headDim"] as const),
    ]);
    requireHeads(family, config);
    const { vocabSize, embedDim, numLayers, normEpsilon: epsilon } = config;
    this.config = config;
    this.tokenEmbedding = new Embedding(vocabSize, embedDim);
    this.blocks = Array.from({ length: numLayers }, (_, layer) => block(layer));
    this.finalNorm = new RmsNorm(embedDim, { epsilon, isCentred });
    if (!config.hasTiedHead) this.head = new Linear(embedDim, vocabSize, { hasBias: false });
    namedParameters(this); // errors, optimizers and checkpoints know parameters by name
  }
}
