/** @file A folder in Hugging Face's layout as a published model, its tensors left on disk. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readJsonObject } from "./json-file.ts";
import type { PublishedModel } from "./published-model.ts";
import { openWeights } from "./sharded-safetensors.ts";

/** What goes with weights and is text. */
const companionNames = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "generation_config.json",
  "chat_template.jinja",
] as const;

/** Opens the folder at `path`. Throws a UserError for what is missing or damaged. */
export async function openHuggingFaceModel(path: string): Promise<PublishedModel> {
  const config = await readJsonObject(join(path, "config.json"));
  const files = new Map<string, string>();
  for (const name of companionNames) {
    const file = join(path, name);
    if (existsSync(file)) files.set(name, await readFile(file, "utf8"));
  }
  const weights = await openWeights(path);
  return { path, config, weights, files, notes: [], close: () => weights.close() };
}
