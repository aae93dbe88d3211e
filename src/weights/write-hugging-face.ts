/** @file A model as a folder in Hugging Face's layout. */
import { join } from "node:path";
import { writeFileAtomically } from "./atomic-file.ts";
import { narrowingOf, type WritableFloat } from "./float-narrowing.ts";
import { createDirectory } from "./new-directory.ts";
import type { PublishedModel } from "./published-model.ts";
import { bytesPerElement, type WritableTensor } from "./safetensors-header.ts";
import { writeWeights } from "./sharded-safetensors.ts";
import type { WeightEntry } from "./weights.ts";

export interface HuggingFaceOptions {
  /** As stored unless said; what is quantised becomes F32. */
  readonly dtype?: WritableFloat | undefined;
  /** Most bytes in one file of weights; 5 GB unless said. */
  readonly shardBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called before each tensor. */
  readonly onTensor?: ((done: number, total: number) => void) | undefined;
}

/**
 * Writes `model` to the folder `directory`, which must not exist yet, all or nothing; tensors pass one by one. Throws a
 * UserError when it exists or cannot be written.
 */
export async function writeHuggingFaceModel(
  directory: string,
  model: PublishedModel,
  options: HuggingFaceOptions = {},
): Promise<void> {
  await createDirectory(directory, (folder) => writeFiles(folder, model, options));
}

async function writeFiles(
  directory: string,
  model: PublishedModel,
  options: HuggingFaceOptions,
): Promise<void> {
  const { shardBytes } = options;
  const tensors = writableTensors(model, options);
  await writeWeights(directory, tensors, shardBytes === undefined ? {} : { shardBytes });
  const dtype = names[tensors[0]?.dtype ?? "F32"];
  const config = { ...model.config, dtype, torch_dtype: dtype };
  const files = new Map([["config.json", JSON.stringify(config, null, 2)], ...model.files]);
  for (const [name, text] of files) {
    await writeFileAtomically(join(directory, name), [new TextEncoder().encode(text)]);
  }
}

const names: Readonly<Record<string, string>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

type FloatTensor = WritableTensor & { readonly dtype: WritableFloat };

function writableTensors(model: PublishedModel, options: HuggingFaceOptions): FloatTensor[] {
  const { dtype: wanted, signal, onTensor } = options;
  const entries = [...model.weights.entries.values()];
  let done = 0;
  return entries.map((entry) => {
    const dtype = wanted ?? storedAs(entry);
    const make = async () => {
      signal?.throwIfAborted();
      onTensor?.(done++, entries.length);
      const values = await model.weights.readFloat32(entry.name);
      const bytes = new Uint8Array(values.length * bytesPerElement[dtype]);
      narrowingOf[dtype](values, bytes);
      return bytes;
    };
    return { name: entry.name, dtype, shape: entry.shape, data: make };
  });
}

function storedAs({ dtype }: WeightEntry): WritableFloat {
  return dtype === "F16" || dtype === "BF16" ? dtype : "F32";
}
