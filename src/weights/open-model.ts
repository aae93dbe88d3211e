/** @file A model of any format that is read here, made ready to run. */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { fromHuggingFace, fromHuggingFaceConfig } from "../models/index.ts";
import type { CausalLanguageModel, FamilyConfig, PublishedTensor } from "../models/index.ts";
import { sizeOf } from "../graph/index.ts";
import type { Blocks, Parameter, Shape } from "../graph/index.ts";
import { namedParameters, quantizeWeights } from "../nn/index.ts";
import type { Quantization } from "../nn/index.ts";
import { prepareNativeHeap } from "../runtime/index.ts";
import { loadTokenizer } from "../tokenizer/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { parseJsonObject, readJsonObject } from "./json-file.ts";
import type { JsonObject } from "./json-file.ts";
import { openPublishedModel } from "./open-published-model.ts";
import type { SourceKind } from "./open-published-model.ts";
import type { PublishedModel } from "./published-model.ts";
import type { Weights } from "./weights.ts";

export interface OpenedModel {
  readonly model: CausalLanguageModel;
  /** Undefined where it came with none, or was not asked for. */
  readonly tokenizer: Tokenizer | undefined;
  /** Ids that end a text, of `generation_config.json` or of `config.json`. */
  readonly endIds: readonly number[];
}

export interface OpenModelOptions {
  /** Rounds the matrices to few bits as they are read, tensor by tensor: the float32 numbers are never held together. */
  readonly quantization?: Quantization | undefined;
  /**
   * Whether a matrix that the file has in blocks, of no more bits than asked for, stays as it is; no number changes by that. False
   * makes float32 of it first, which is then rounded if that is asked for. Default true.
   */
  readonly keepsBlocks?: boolean | undefined;
  /** False leaves the tokenizer unread, for those who have ids. Default true. */
  readonly hasTokenizer?: boolean | undefined;
}

/**
 * Loads the model and the tokenizer at `path`: a folder in Hugging Face's layout, a GGUF file, or a folder with OpenAI's checkpoint of
 * GPT-2. Throws UserError for what is missing, damaged or not supported.
 */
export async function openModel(
  path: string,
  { quantization, keepsBlocks = true, hasTokenizer = true }: OpenModelOptions = {},
): Promise<OpenedModel> {
  const { kind, model: published } = await openPublishedModel(path);
  try {
    await prepareNativeHeap();
    const { family, config } = await familyConfig(published.config, published.path);
    const model = family.make(config);
    if (quantization) quantizeWeights(model, quantization);
    const { weights } = published;
    const room = new ReadingRoom(model);
    await fromHuggingFace(model, async (name, wanted) => {
      const entry = weights.entries.get(name);
      if (!entry) return undefined;
      const blocks = keepsBlocks ? await blocksFor(wanted, name, weights) : undefined;
      if (blocks) return { shape: entry.shape, blocks };
      const target = quantization && room.of(entry.shape);
      return { shape: entry.shape, data: await weights.readFloat32(name, target) };
    });
    room.close();
    const tokenizer = hasTokenizer ? tokenizerOf(published) : undefined;
    return { model, tokenizer, endIds: endIdsOf(published, kind) };
  } finally {
    await published.close();
  }
}

/** What is stored of `wanted`, if that is in blocks which its parameters can take. */
async function blocksFor(
  { parts, plane, isTransposed }: PublishedTensor,
  name: string,
  weights: Weights,
): Promise<Blocks | undefined> {
  if (plane !== undefined || parts.length === 0) return undefined;
  const mostBits = Math.min(...parts.map(({ bits = 8 }) => bits));
  return weights.readBlocks?.(name, { isTransposed, mostBits });
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

/** The config and the family of the model at `path`; a folder with a `config.json` needs no weights. */
export async function readModelConfig(path: string): Promise<FamilyConfig> {
  const file = join(path, "config.json");
  if (existsSync(file)) return familyConfig(await readJsonObject(file), path);
  const { model } = await openPublishedModel(path);
  await model.close();
  return familyConfig(model.config, model.path);
}

async function familyConfig(config: JsonObject, path: string): Promise<FamilyConfig> {
  try {
    return fromHuggingFaceConfig(config);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const file = (await stat(path)).isDirectory() ? join(path, "config.json") : path;
    throw new UserError(error.message.replace(/^config\.json:/, `${file}:`), { cause: error });
  }
}

/** The tokenizer of the model at `path`, if it came with one. */
export async function readModelTokenizer(path: string): Promise<Tokenizer | undefined> {
  const { model } = await openPublishedModel(path);
  await model.close();
  return tokenizerOf(model);
}

function tokenizerOf(model: PublishedModel): Tokenizer | undefined {
  const json = jsonOf(model, "tokenizer.json");
  if (!json) return undefined;
  const chatTemplate = model.files.get("chat_template.jinja");
  return loadTokenizer(json, jsonOf(model, "tokenizer_config.json"), {
    ...(chatTemplate !== undefined && { chatTemplate }),
  });
}

function endIdsOf(model: PublishedModel, kind: SourceKind): readonly number[] {
  const hasConfigOnly = kind === "gguf"; // its other files are made when they are asked for
  const generation = hasConfigOnly ? undefined : jsonOf(model, "generation_config.json");
  const ids = [generation?.["eos_token_id"] ?? model.config["eos_token_id"] ?? []].flat();
  return ids.filter((id): id is number => Number.isSafeInteger(id));
}

function jsonOf({ path, files }: PublishedModel, name: string): JsonObject | undefined {
  const text = files.get(name);
  return text === undefined ? undefined : parseJsonObject(text, join(path, name));
}
