/** @file A family of models, as plain data: what it is called, what it can be, and how it is published. */
import type { CausalLanguageModel, LanguageModelConfig } from "./causal-language-model.ts";
import type { PublishedConfig } from "./published-config.ts";
import type { PublishedTensor } from "./published-tensors.ts";

/** What is chosen of a model that is to be trained. */
export type ModelSizes = Pick<
  LanguageModelConfig,
  "vocabSize" | "contextLength" | "embedDim" | "numLayers" | "numHeads"
>;

export interface Family<
  C extends LanguageModelConfig = LanguageModelConfig,
  M extends CausalLanguageModel = CausalLanguageModel,
> {
  /** As options name it: `llama`. */
  readonly name: string;
  /** As people call it: `Llama`. */
  readonly title: string;
  /** The `model_type` in its `config.json`. */
  readonly modelType: string;
  /** The class of transformers in its `config.json`. */
  readonly architecture: string;
  /** Published sizes by name. */
  readonly presets: Readonly<Record<string, C>>;
  readonly Model: abstract new (...args: never[]) => M;
  /** A config of these sizes, and all else as is usual in small models of the family. */
  sized(sizes: ModelSizes): C;
  /** Makes a model and allocates nothing. Throws a UserError for a config that cannot be. */
  make(config: C): M;
  /** What a `config.json` describes. Throws a UserError for what is missing or not supported. */
  configFrom(published: PublishedConfig): C;
  /** The `config.json` of a model, but for what all families write alike. */
  configTo(config: C): PublishedConfig;
  /** How each published tensor is made of the model's parameters. */
  publishedTensors(model: M): readonly PublishedTensor[];
  /** Another name under which a tensor may be published. */
  otherName?(name: string): string;
}
