/** @file Every family there is. */
import { UserError } from "../errors.ts";
import { countParameters } from "../nn/index.ts";
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

/** The family called `name`. Throws a UserError where there is none. */
export function familyNamed(name: string): Family {
  const family = families.find((one) => one.name === name);
  if (family) return family;
  throw new UserError(`family: expected one of ${familyNames.join(", ")}, got "${name}".`);
}

/** The names of all families. */
export const familyNames: readonly string[] = families.map(({ name }) => name);

/** How many numbers a model has to learn, from its config alone, however many its layers are: they are alike. */
export function parametersOf({ family, config }: FamilyConfig): number {
  const withLayers = (numLayers: number) => countParameters(family.make({ ...config, numLayers }));
  const one = withLayers(1);
  return one + (config.numLayers - 1) * (withLayers(2) - one);
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
