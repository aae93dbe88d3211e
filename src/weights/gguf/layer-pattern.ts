/** @file Which layers look at a window only: a list of names in a `config.json`, a period or a list of truths in GGUF. */
import { optionalNumberIn, type JsonObject } from "../json-file.ts";
import { numbers, type MetadataValue } from "./metadata.ts";
import type { MetadataReader } from "./metadata-reader.ts";

/** Truth for each layer that looks at a window only; every `period`-th looks at everything unless the config lists them. */
export function slidingLayers(config: JsonObject, period: number): boolean[] {
  const types = config["layer_types"];
  if (Array.isArray(types)) return types.map((type) => type === "sliding_attention");
  const length = optionalNumberIn(config, "num_hidden_layers") ?? 0;
  const every = optionalNumberIn(config, "sliding_window_pattern") ?? period;
  return Array.from({ length }, (_, layer) => (layer + 1) % every !== 0);
}

/** The names that a `config.json` lists. */
export function layerTypes(isSliding: readonly boolean[]): string[] {
  return isSliding.map((sliding) => (sliding ? "sliding_attention" : "full_attention"));
}

export const patternKey = (name: string) => `${name}.attention.sliding_window_pattern`;

export function patternMetadata(isSliding: readonly boolean[]): MetadataValue {
  return numbers("bool", isSliding.map(Number));
}

/** Truth for each layer, from either form of the metadata. */
export function patternOf(metadata: MetadataReader, period: number, numLayers: number): boolean[] {
  const key = patternKey(metadata.architecture);
  const listed = metadata.numbers(key);
  if (listed) return Array.from(listed, (value) => value !== 0);
  const every = metadata.optionalNumber(key) ?? period;
  return Array.from({ length: numLayers }, (_, layer) => (layer + 1) % every !== 0);
}
