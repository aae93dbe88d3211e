/** @file A folder in Hugging Face's layout (`config.json`, `model.safetensors`, `tokenizer.json`) as a model that runs. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { fromHuggingFace, fromHuggingFaceConfig } from "../models/index.ts";
import type { CausalLanguageModel, FamilyConfig } from "../models/index.ts";
import { loadTokenizer } from "../tokenizer/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { fileError } from "./file-errors.ts";
import { openSafetensors } from "./safetensors.ts";

export interface OpenedModel {
  readonly model: CausalLanguageModel;
  /** Undefined where the folder has no `tokenizer.json`. */
  readonly tokenizer: Tokenizer | undefined;
}

/** Loads the weights and the tokenizer at `path`. Throws UserError for what is missing, damaged or not supported. */
export async function openModelDirectory(path: string): Promise<OpenedModel> {
  const { family, config } = await readModelConfig(path);
  const model = family.make(config);
  const file = await openSafetensors(join(path, "model.safetensors"));
  try {
    await fromHuggingFace(model, async (name) => {
      const entry = file.entries.get(name);
      return entry && { shape: entry.shape, data: await file.readFloat32(name) };
    });
  } finally {
    await file.close();
  }
  return { model, tokenizer: await readTokenizer(path) };
}

/** The config and the family of the model at `path`, without its weights. */
export async function readModelConfig(path: string): Promise<FamilyConfig> {
  const file = join(path, "config.json");
  try {
    return fromHuggingFaceConfig(await readJson(file));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message.replace(/^config\.json:/, `${file}:`), { cause: error });
  }
}

/** The tokenizer at `path`, if there is one. */
async function readTokenizer(path: string): Promise<Tokenizer | undefined> {
  const file = join(path, "tokenizer.json");
  return existsSync(file) ? loadTokenizer(await readJson(file)) : undefined;
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch(async (error) => {
    throw await fileError(error, path);
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${path}: expected JSON, got something else. Mend or fetch it again.`, {
      cause,
    });
  }
}
