/** @file What a family of models is called in llama.cpp, and how each of its tensors relates to Hugging Face's. */
import type { JsonObject } from "../json-file.ts";
import type { GgufEntry } from "./header.ts";
import type { MetadataValue } from "./metadata.ts";
import type { MetadataReader } from "./metadata-reader.ts";
import type { TensorChange } from "./tensor-change.ts";

/** A pair of names without `.weight` or `.bias`; `{layer}` and `{expert}` stand for numbers. */
export interface TensorTemplate {
  readonly gguf: string;
  /** With `{expert}`, llama.cpp stacks what Hugging Face publishes one by one. */
  readonly published: string;
  readonly change?: (config: JsonObject) => TensorChange;
}

export interface Architecture {
  /** Value of `general.architecture`. */
  readonly name: string;
  /** Values of `model_type` in a `config.json`. */
  readonly modelTypes: readonly string[];
  readonly templates: readonly TensorTemplate[];
  /** The sizes of a `config.json` in llama.cpp's words. Throws a UserError for what llama.cpp does not compute. */
  metadata(config: JsonObject): Iterable<readonly [key: string, value: MetadataValue]>;
  /** Tensors that llama.cpp wants and Hugging Face computes from the config. */
  extraTensors?(config: JsonObject): ReadonlyMap<string, Float32Array>;
  /** A `config.json` that says the same as the metadata. */
  config(metadata: MetadataReader, found: FoundTensors): JsonObject;
  /** What a person should know about a model that llama.cpp computes differently. */
  warning?(config: JsonObject): string | undefined;
}

/** What a config needs to know about tensors. */
export interface FoundTensors {
  readonly entries: ReadonlyMap<string, GgufEntry>;
  /** Numbers of a small tensor that is no weight. */
  readonly ropeFactors: Float32Array | undefined;
}
