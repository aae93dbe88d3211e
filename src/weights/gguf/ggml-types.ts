/** @file The number formats of GGUF files by ggml's names, and the sizes of those that are not read here. */
import type { BlockFormat } from "./block-format.ts";
import { q4_k, q5_k, q6_k } from "./blocks-of-256.ts";
import { q4_0, q4_1, q5_0, q5_1, q8_0 } from "./blocks-of-32.ts";
import { bf16, f16, f32, f64 } from "./element-formats.ts";

/** Formats that are read; those with `encode` are written too. */
export const blockFormats = {
  F32: f32,
  F16: f16,
  BF16: bf16,
  F64: f64,
  Q8_0: q8_0,
  Q4_0: q4_0,
  Q4_1: q4_1,
  Q5_0: q5_0,
  Q5_1: q5_1,
  Q4_K: q4_k,
  Q5_K: q5_k,
  Q6_K: q6_k,
} as const;

/** Name of a format that is read. */
export type GgmlType = keyof typeof blockFormats;

/** Name of a format that is written. */
export type WritableGgmlType = {
  [type in GgmlType]: (typeof blockFormats)[type] extends { readonly encode: unknown }
    ? type
    : never;
}[GgmlType];

/** What a tensor's size follows from. */
export interface BlockSize extends Pick<BlockFormat, "id" | "blockLength" | "blockBytes"> {
  readonly name: string;
}

// So that a file with such tensors can be opened, listed and told apart from a damaged one.
const unread: readonly BlockSize[] = [
  ["Q8_1", 9, 32, 36],
  ["Q2_K", 10, 256, 84],
  ["Q3_K", 11, 256, 110],
  ["Q8_K", 15, 256, 292],
  ["IQ2_XXS", 16, 256, 66],
  ["IQ2_XS", 17, 256, 74],
  ["IQ3_XXS", 18, 256, 98],
  ["IQ1_S", 19, 256, 50],
  ["IQ4_NL", 20, 32, 18],
  ["IQ3_S", 21, 256, 110],
  ["IQ2_S", 22, 256, 82],
  ["IQ4_XS", 23, 256, 136],
  ["I8", 24, 1, 1],
  ["I16", 25, 1, 2],
  ["I32", 26, 1, 4],
  ["I64", 27, 1, 8],
  ["IQ1_M", 29, 256, 56],
  ["TQ1_0", 34, 256, 54],
  ["TQ2_0", 35, 256, 66],
  ["MXFP4", 39, 32, 17],
  ["NVFP4", 40, 64, 36],
].map(
  ([name, id, blockLength, blockBytes]) => ({ name, id, blockLength, blockBytes }) as BlockSize,
);

const sizes = new Map<number, BlockSize>(
  [...Object.entries(blockFormats).map(([name, format]) => ({ name, ...format })), ...unread].map(
    (size) => [size.id, size],
  ),
);

/** Name and sizes of the format with this number in a file; undefined where ggml has none. */
export function blockSizeOf(id: number): BlockSize | undefined {
  return sizes.get(id);
}

/** Whether a format of this name is read. */
export function isReadable(name: string): name is GgmlType {
  return Object.hasOwn(blockFormats, name);
}
