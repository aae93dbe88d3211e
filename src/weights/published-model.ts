/** @file A model as Hugging Face publishes it, wherever it lies: what every format is converted from and to. */
import type { JsonObject } from "./json-file.ts";
import type { Weights } from "./weights.ts";

export interface PublishedModel {
  /** The file or folder that it was read from. */
  readonly path: string;
  /** Content of `config.json`. */
  readonly config: JsonObject;
  /** Under Hugging Face's names. */
  readonly weights: Weights;
  /** The other files of the folder, by name: `tokenizer.json`, `generation_config.json`, `chat_template.jinja`. */
  readonly files: ReadonlyMap<string, string>;
  /** What a person should know of what was lost on the way, in sentences without a full stop. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}
