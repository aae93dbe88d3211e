/** @file Every family there is. */
import type { CausalLanguageModel, LanguageModelConfig } from "./causal-language-model.ts";
import type { Family } from "./family.ts";
import { gemma3Family } from "./gemma3.ts";
import { gpt2Family } from "./gpt2-hugging-face.ts";
import { llamaFamily } from "./llama.ts";
import { mistralFamily } from "./mistral.ts";
import { olmo3Family } from "./olmo3.ts";
import { qwen3MoeFamily } from "./qwen3-moe.ts";
import { qwen3Family } from "./qwen3.ts";

export const families: readonly Family[] = [
  gpt2Family,
  llamaFamily,
  mistralFamily,
  qwen3Family,
  qwen3MoeFamily,
  gemma3Family,
  olmo3Family,
];

/** A config, and the family whose it is. */
export interface FamilyConfig {
  readonly family: Family;
  readonly config: LanguageModelConfig;
}

/** The family of a model. */
export function familyOf(model: CausalLanguageModel): Family {
  const family = families.find(({ Model }) => model instanceof Model);
  if (family) return family;
  throw new Error("familyOf: expected a model of one of the families, got another.");
}

/** The published size called `name`, of whatever family. */
export function findPreset(name: string): FamilyConfig | undefined {
  const family = families.find(({ presets }) => Object.hasOwn(presets, name));
  return family && { family, config: family.presets[name] };
}

/** The names of all published sizes. */
export const presetNames: readonly string[] = families.flatMap(({ presets }) =>
  Object.keys(presets),
);
