/** @file A folder in Hugging Face's layout (`config.json`, `model.safetensors`, `tokenizer.json`) as a model that runs. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { fromHuggingFace, fromHuggingFaceConfig } from "../models/index.ts";
import type { CausalLanguageModel, FamilyConfig } from "../models/index.ts";
import { sizeOf } from "../graph/index.ts";
import type { Parameter, Shape } from "../graph/index.ts";
import { namedParameters, quantizeWeights } from "../nn/index.ts";
import type { Quantization } from "../nn/index.ts";
import { loadTokenizer } from "../tokenizer/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { readJsonObject } from "./json-file.ts";
import type { JsonObject } from "./json-file.ts";
import { openWeights } from "./sharded-safetensors.ts";

export interface OpenedModel {
  readonly model: CausalLanguageModel;
  /** Undefined where the folder has no `tokenizer.json`. */
  readonly tokenizer: Tokenizer | undefined;
  /** Ids that end a text, of `generation_config.json` or of `config.json`. */
  readonly endIds: readonly number[];
}

export interface OpenModelOptions {
  /** Rounds the matrices to few bits as they are read, tensor by tensor: the float32 numbers are never held together. */
  readonly quantization?: Quantization | undefined;
}

/** Loads the weights and the tokenizer at `path`. Throws UserError for what is missing, damaged or not supported. */
export async function openModelDirectory(
  path: string,
  { quantization }: OpenModelOptions = {},
): Promise<OpenedModel> {
  const { family, config } = await readModelConfig(path);
  const model = family.make(config);
  if (quantization) quantizeWeights(model, quantization);
  const weights = await openWeights(path);
  try {
    const room = new ReadingRoom(model);
    await fromHuggingFace(model, async (name) => {
      const entry = weights.entries.get(name);
      if (!entry) return undefined;
      const target = quantization && room.of(entry.shape);
      return { shape: entry.shape, data: await weights.readFloat32(name, target) };
    });
    room.close();
  } finally {
    await weights.close();
  }
  return { model, tokenizer: await readModelTokenizer(path), endIds: await readEndIds(path) };
}

/** Memory into which one matrix after the other is read, since a model that stores them in blocks does not keep it. */
class ReadingRoom {
  readonly #parameters: readonly Parameter[];
  #memory = new Float32Array(0);

  constructor(model: object) {
    this.#parameters = [...namedParameters(model).values()];
  }

  /** Room for a tensor of that shape; undefined for vectors, which are kept as they are. */
  of(shape: Shape): Float32Array | undefined {
    if (shape.length < 2) return undefined;
    for (const one of this.#parameters) {
      const isKept = one.isInitialized && !one.blocks && one.data.buffer === this.#memory.buffer;
      if (isKept) one.assign(one.data.slice()); // a matrix that is not stored in blocks
    }
    const size = sizeOf(shape);
    if (this.#memory.length < size) this.#memory = new Float32Array(size);
    return this.#memory.subarray(0, size);
  }

  /** To be called after the last tensor. */
  close(): void {
    this.of([0, 0]);
  }
}

/** The config and the family of the model at `path`, without its weights. */
export async function readModelConfig(path: string): Promise<FamilyConfig> {
  const file = join(path, "config.json");
  try {
    return fromHuggingFaceConfig(await readJsonObject(file));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message.replace(/^config\.json:/, `${file}:`), { cause: error });
  }
}

/** The tokenizer at `path`, if there is one. */
export async function readModelTokenizer(path: string): Promise<Tokenizer | undefined> {
  const json = await readIfThere(join(path, "tokenizer.json"));
  if (!json) return undefined;
  const template = join(path, "chat_template.jinja");
  return loadTokenizer(json, await readIfThere(join(path, "tokenizer_config.json")), {
    ...(existsSync(template) && { chatTemplate: await readFile(template, "utf8") }),
  });
}

async function readEndIds(path: string): Promise<readonly number[]> {
  const generation = await readIfThere(join(path, "generation_config.json"));
  const config = await readJsonObject(join(path, "config.json"));
  const ids = [generation?.["eos_token_id"] ?? config["eos_token_id"] ?? []].flat();
  return ids.filter((id): id is number => Number.isSafeInteger(id));
}

async function readIfThere(file: string): Promise<JsonObject | undefined> {
  return existsSync(file) ? readJsonObject(file) : undefined;
}
