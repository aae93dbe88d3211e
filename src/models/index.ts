export { AttentionVariant } from "./attention-variant.ts";
export type { AttentionVariantConfig, Mixing } from "./attention-variant.ts";
export { cacheBytes, cacheBytesPerToken } from "./cache-memory.ts";
export { CausalLanguageModel } from "./causal-language-model.ts";
export type { LanguageModelConfig } from "./causal-language-model.ts";
export {
  families,
  familyNamed,
  familyNames,
  familyOf,
  findPreset,
  parametersOf,
  presetNames,
} from "./families.ts";
export type { FamilyConfig } from "./families.ts";
export type { Family, ModelSizes } from "./family.ts";
export { Gemma3, gemma3Family, gemma3Presets, gemma3Ropes } from "./gemma3.ts";
export type { Gemma3Config } from "./gemma3.ts";
export { gpt2Presets, requireGpt2Config } from "./gpt2-config.ts";
export type { Gpt2Config, Gpt2PresetName } from "./gpt2-config.ts";
export { gpt2Family } from "./gpt2-hugging-face.ts";
export { Gpt2 } from "./gpt2.ts";
export {
  fromHuggingFace,
  fromHuggingFaceConfig,
  publishedTensors,
  toHuggingFace,
  toHuggingFaceConfig,
} from "./hugging-face.ts";
export type { SpecialIds } from "./hugging-face.ts";
export { Llama, llamaFamily, llamaPresets } from "./llama.ts";
export type { LlamaConfig } from "./llama.ts";
export { Mistral, mistralFamily, mistralPresets } from "./mistral.ts";
export type { MistralConfig } from "./mistral.ts";
export { Olmo3, olmo3Family, olmo3Presets, olmo3Rope } from "./olmo3.ts";
export type { Olmo3Config } from "./olmo3.ts";
export { numberIn } from "./published-config.ts";
export { pack } from "./published-tensors.ts";
export type { NamedValues, PublishedTensor, ReadTensor } from "./published-tensors.ts";
export { Qwen3, qwen3Family, qwen3Presets } from "./qwen3.ts";
export type { Qwen3Config } from "./qwen3.ts";
export { Qwen3Moe, qwen3MoeFamily, qwen3MoePresets } from "./qwen3-moe.ts";
export type { Qwen3MoeConfig } from "./qwen3-moe.ts";
export { ropeFrom, ropeTo } from "./rope.ts";
export type { Rope, RopePlace } from "./rope.ts";
