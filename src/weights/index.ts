/** Public surface of the weights room. */

export { syncDirectory, writeFileAtomically, type FileSummary } from "./atomic-file.ts";
export { fileError } from "./file-errors.ts";
export { openSafetensors, SafetensorsFile, writeSafetensors } from "./safetensors.ts";
export {
  bytesPerElement,
  type StoredDtype,
  type StoredTensor,
  type TensorEntry,
} from "./safetensors-header.ts";
