/** @file A folder in Hugging Face's layout (`config.json`, `model.safetensors`, `tokenizer.json`) as a model that runs. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { fromHuggingFace, fromHuggingFaceConfig, Gpt2 } from "../models/index.ts";
import type { Gpt2Config } from "../models/index.ts";
import { loadTokenizer } from "../tokenizer/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { fileError } from "./file-errors.ts";
import { openSafetensors } from "./safetensors.ts";

export interface OpenedModel {
  readonly model: Gpt2;
  /** Undefined where the folder has no `tokenizer.json`. */
  readonly tokenizer: Tokenizer | undefined;
}

/** Loads the weights and the tokenizer at `path`. Throws UserError for what is missing, damaged or not supported. */
export async function openModelDirectory(path: string): Promise<OpenedModel> {
  const model = new Gpt2(await readModelConfig(path));
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

/** The config of the model at `path`, without its weights. */
export async function readModelConfig(path: string): Promise<Gpt2Config> {
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
