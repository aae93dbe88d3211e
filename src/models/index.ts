export { gpt2Presets, requireGpt2Config } from "./gpt2-config.ts";
export type { Gpt2Config, Gpt2PresetName } from "./gpt2-config.ts";
export {
  fromHuggingFace,
  fromHuggingFaceConfig,
  publishedTensors,
  toHuggingFace,
  toHuggingFaceConfig,
} from "./gpt2-hugging-face.ts";
export type { SpecialIds } from "./gpt2-hugging-face.ts";
export { Gpt2 } from "./gpt2.ts";
export { pack } from "./published-tensors.ts";
export type { NamedValues, PublishedTensor, ReadTensor } from "./published-tensors.ts";
