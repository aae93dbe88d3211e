/** @file What `convert` can write. A new format is a new row. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import {
  keptTokenizerNote,
  writeGgufModel,
  writeHuggingFaceModel,
  writeOnnxModel,
} from "../weights/index.ts";
import type {
  OnnxModelOptions,
  PublishedModel,
  WritableFloat,
  WritableGgmlType,
} from "../weights/index.ts";

export interface ConvertOptions {
  readonly dtype: WritableGgmlType | undefined;
  readonly shardBytes: number | undefined;
  readonly signal: AbortSignal;
  readonly onTensor: (done: number, total: number) => void;
}

interface ConvertTarget {
  readonly dtypes: readonly WritableGgmlType[];
  write(
    out: string,
    model: PublishedModel,
    options: ConvertOptions,
  ): Promise<{ readonly notes: readonly string[] }>;
  /** Bytes of what was written. */
  sizeOf(out: string): Promise<number>;
  /** A command to go on with, where `notes` were made on what was written. */
  next(out: string, notes: readonly string[]): string;
}

export const convertTargets = {
  gguf: {
    dtypes: ["F32", "F16", "BF16", "Q8_0", "Q4_0"],
    write: (out, model, { dtype, ...options }) =>
      writeGgufModel(out, model, { ...options, ...(dtype && { dtype }) }),
    sizeOf: async (out) => (await stat(out)).size,
    next: (out, notes) =>
      notes.includes(keptTokenizerNote)
        ? generateWith(out)
        : `llama-cli -m ${out} -p "Every effort moves you"`,
  },
  safetensors: {
    dtypes: ["F32", "F16", "BF16"],
    async write(out, model, { dtype, ...options }) {
      await writeHuggingFaceModel(out, model, { ...options, dtype: dtype as WritableFloat });
      return { notes: [] };
    },
    sizeOf: folderBytes,
    next: generateWith,
  },
  onnx: {
    dtypes: ["F32", "Q8_0", "Q4_0"],
    async write(out, model, { dtype, signal, onTensor }) {
      await writeOnnxModel(out, model, {
        dtype: dtype as OnnxModelOptions["dtype"],
        signal,
        onTensor,
      });
      return { notes: [] };
    },
    sizeOf: folderBytes,
    next: (out) => `load ${out} in transformers.js: pipeline("text-generation", …)`,
  },
} as const satisfies Record<string, ConvertTarget>;

function generateWith(out: string): string {
  return `scratchlm generate --model ${out} --prompt "Every effort moves you"`;
}

export const targetNames = Object.keys(convertTargets) as (keyof typeof convertTargets)[];

/** The number format that an option names. Throws a UserError for one that the target does not have. */
export function dtypeFor(
  to: keyof typeof convertTargets,
  option: string | undefined,
): WritableGgmlType | undefined {
  const dtype = option?.toUpperCase() as WritableGgmlType | undefined;
  const { dtypes }: ConvertTarget = convertTargets[to];
  if (dtype === undefined || dtypes.includes(dtype)) return dtype;
  const known = dtypes.map((each) => each.toLowerCase()).join(", ");
  throw new UserError(`--dtype: expected one of ${known} for --to ${to}, got ${option}.`);
}

async function folderBytes(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true });
  const sizes = entries.map(async (name) => (await stat(join(path, name))).size);
  return (await Promise.all(sizes)).reduce((total, size) => total + size, 0);
}
