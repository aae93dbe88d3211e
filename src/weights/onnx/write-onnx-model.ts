/** @file A model as a folder that transformers.js loads: one ONNX file under `onnx/`, and Hugging Face's files around it. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../errors.ts";
import { fromHuggingFace, fromHuggingFaceConfig } from "../../models/index.ts";
import { quantizeWeights } from "../../nn/index.ts";
import { encodeModel } from "../../runtime/index.ts";
import { writeFileAtomically } from "../atomic-file.ts";
import { createDirectory } from "../new-directory.ts";
import type { PublishedModel } from "../published-model.ts";
import { decoderModel } from "./decoder-model.ts";

/** What transformers.js appends to the file's name for each choice of `dtype`. */
const fileNames = {
  F32: "model.onnx",
  Q8_0: "model_quantized.onnx",
  Q4_0: "model_q4.onnx",
} as const;

export interface OnnxModelOptions {
  /** Of the matrices; F32 unless said. */
  readonly dtype?: keyof typeof fileNames | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called before each tensor. */
  readonly onTensor?: ((done: number, total: number) => void) | undefined;
}

/** Protobuf's own limit on a file, with room for the graph. */
const mostBytes = 2 ** 31 - 2 ** 26;

/**
 * Writes `model` to the folder `directory`, which must not exist yet, all or nothing. The whole model is in memory meanwhile. Throws a
 * UserError for a family that is not supported and for weights that do not fit into one file.
 */
export async function writeOnnxModel(
  directory: string,
  model: PublishedModel,
  options: OnnxModelOptions = {},
): Promise<void> {
  const { dtype = "F32" } = options;
  const graph = decoderModel(await loaded(model, options));
  const total = graph.initializers.reduce((sum, { data }) => sum + data.byteLength, 0);
  if (total > mostBytes) {
    throw new UserError(
      `${directory}: expected at most 2 GB in one ONNX file, got ${Math.ceil(total / 1e9)} GB. Choose --dtype q8_0 or q4_0.`,
    );
  }
  await createDirectory(directory, async (folder) => {
    await mkdir(join(folder, "onnx"));
    await writeFileAtomically(join(folder, "onnx", fileNames[dtype]), [encodeModel(graph)]);
    const config = { ...model.config, dtype: "float32", torch_dtype: "float32" };
    for (const [name, text] of [["config.json", JSON.stringify(config, null, 2)], ...model.files]) {
      await writeFileAtomically(join(folder, name), [new TextEncoder().encode(text)]);
    }
    options.signal?.throwIfAborted(); // the graph is long in the writing
  });
}

async function loaded(
  { config: published, weights }: PublishedModel,
  { dtype, signal, onTensor }: OnnxModelOptions,
) {
  const { family, config } = fromHuggingFaceConfig(published);
  const model = family.make(config);
  if (dtype === "Q8_0") quantizeWeights(model, "q8");
  if (dtype === "Q4_0") quantizeWeights(model, "q4");
  let done = 0;
  await fromHuggingFace(model, async (name) => {
    signal?.throwIfAborted();
    const entry = weights.entries.get(name);
    if (!entry) return undefined;
    onTensor?.(done++, weights.entries.size);
    return { shape: entry.shape, data: await weights.readFloat32(name) };
  });
  return model;
}
