/** Public surface of the weights room. */
export {
  isTemporaryName,
  syncDirectory,
  temporaryName,
  writeFileAtomically,
  type FileSummary,
} from "./atomic-file.ts";
export * from "./hub/index.ts";
export { float16Bits, float16Values } from "./float16.ts";
export { narrowingOf, type WritableFloat } from "./float-narrowing.ts";
export * from "./gguf/index.ts";
export {
  openModel,
  readModelConfig,
  readModelTokenizer,
  type OpenedModel,
  type OpenModelOptions,
} from "./open-model.ts";
export { isJsonObject, type JsonObject } from "./json-file.ts";
export { createDirectory } from "./new-directory.ts";
export { writeOnnxModel, type OnnxModelOptions } from "./onnx/write-onnx-model.ts";
export { openPublishedModel, type OpenedSource, type SourceKind } from "./open-published-model.ts";
export { openHuggingFaceModel } from "./open-hugging-face.ts";
export type { PublishedModel } from "./published-model.ts";
export { saveModelDirectory, type SavedModel } from "./save-model-directory.ts";
export { openSafetensors, SafetensorsFile, writeSafetensors } from "./safetensors.ts";
export {
  bytesPerElement,
  type StoredDtype,
  type StoredTensor,
  type TensorEntry,
  type WritableTensor,
} from "./safetensors-header.ts";
export { openWeights, writeWeights } from "./sharded-safetensors.ts";
export { writeHuggingFaceModel, type HuggingFaceOptions } from "./write-hugging-face.ts";
export type { WeightEntry, Weights } from "./weights.ts";
