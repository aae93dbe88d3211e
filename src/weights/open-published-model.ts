/** @file A model of whatever format, told from what is there and not from its name. */
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { fileError } from "../file-errors.ts";
import { openGgufModel } from "./gguf/index.ts";
import { openHuggingFaceModel } from "./open-hugging-face.ts";
import { isPickle, pickleError } from "./pickle.ts";
import type { PublishedModel } from "./published-model.ts";
import { RegularFile } from "./regular-file.ts";
import { isTensorflowCheckpoint, openTensorflowGpt2 } from "./tensorflow/open-tensorflow-gpt2.ts";

/** What a model can be read from. */
export type SourceKind = "hugging-face" | "gguf" | "tensorflow";

export interface OpenedSource {
  readonly kind: SourceKind;
  readonly model: PublishedModel;
}

/**
 * Opens a folder in Hugging Face's layout, a GGUF file, or a folder with OpenAI's TensorFlow checkpoint of GPT-2. Throws a UserError for
 * anything else; for files of Python objects, which can run code, it says how to convert them.
 */
export async function openPublishedModel(path: string): Promise<OpenedSource> {
  const found = await stat(path).catch(async (error: unknown) => {
    throw fileError(error, path);
  });
  return found.isDirectory() ? openFolder(path) : openFile(path);
}

async function openFolder(path: string): Promise<OpenedSource> {
  if (isTensorflowCheckpoint(path)) {
    return { kind: "tensorflow", model: await openTensorflowGpt2(path) };
  }
  const names = await readdir(path);
  const hasWeights = names.some((name) => /^model\.safetensors(\.index\.json)?$/.test(name));
  if (names.includes("config.json") && hasWeights) {
    return { kind: "hugging-face", model: await openHuggingFaceModel(path) };
  }
  const gguf = names.filter((name) => name.endsWith(".gguf"));
  if (gguf.length === 1) return openFile(join(path, gguf[0]));
  const pickle = names.find((name) => /\.(bin|pt|pth|pkl|ckpt)$/.test(name));
  if (pickle !== undefined && (await isPickle(join(path, pickle)))) {
    throw pickleError(join(path, pickle));
  }
  throw new UserError(
    `${path}: expected config.json and model.safetensors, one GGUF file, or a TensorFlow checkpoint, got ` +
      `${describe(names, hasWeights)}. Name the file or folder of a model.`,
  );
}

function describe(names: readonly string[], hasWeights: boolean): string {
  const numGguf = names.filter((name) => name.endsWith(".gguf")).length;
  if (numGguf > 1) return `${numGguf} GGUF files`;
  if (hasWeights) return "weights without config.json";
  if (names.includes("onnx")) return "an ONNX model, which is written for other programs only";
  return names.includes("config.json") ? "config.json without weights" : "none of them";
}

async function openFile(path: string): Promise<OpenedSource> {
  const prefix = await prefixOf(path);
  if (String.fromCharCode(...prefix.subarray(0, 4)) === "GGUF") {
    return { kind: "gguf", model: await openGgufModel(path) };
  }
  if (await isPickle(path)) throw pickleError(path);
  const folder = dirname(path);
  if (path.endsWith(".safetensors") && existsSync(join(folder, "config.json"))) {
    return openFolder(folder);
  }
  throw new UserError(
    `${path}: expected a GGUF file, or a safetensors file beside a config.json, got another kind of file. Name the file or folder of a model.`,
  );
}

async function prefixOf(path: string): Promise<Uint8Array> {
  const file = await RegularFile.open(path);
  try {
    return await file.prefix(16);
  } finally {
    await file.close();
  }
}
