/** @file GGUF, llama.cpp's format. */
export type { BlockFormat } from "./block-format.ts";
export { blockFormats, type GgmlType, type WritableGgmlType } from "./ggml-types.ts";
export { GgufFile, openGguf } from "./gguf-file.ts";
export type { Metadata, MetadataValue } from "./metadata.ts";
export { openGgufModel } from "./open-gguf-model.ts";
export { keptTokenizerNote } from "./tokenizer-metadata.ts";
export { encodeTensor, writeGguf, type WritableGgufTensor } from "./write-gguf.ts";
export { writeGgufModel, type GgufModelOptions, type GgufSummary } from "./write-gguf-model.ts";
