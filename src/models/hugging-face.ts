/** @file Models of any family as Hugging Face's transformers publishes them: `config.json`, and weights by name. */
import type { CausalLanguageModel } from "./causal-language-model.ts";
import { families, familyOf } from "./families.ts";
import type { FamilyConfig } from "./families.ts";
import { publishedConfig, unsupported } from "./published-config.ts";
import { loadPublished, pack } from "./published-tensors.ts";
import type { NamedValues, PublishedTensor, ReadTensor } from "./published-tensors.ts";

/** How each published tensor is made of the model's parameters. */
export function publishedTensors(model: CausalLanguageModel): readonly PublishedTensor[] {
  return familyOf(model).publishedTensors(model);
}

/** The model's weights under their published names. What needs no rearranging is not copied: write it before training on. */
export function* toHuggingFace(model: CausalLanguageModel): Generator<NamedValues> {
  for (const tensor of publishedTensors(model)) {
    yield { name: tensor.name, shape: tensor.shape, data: pack(tensor, ({ data }) => data) };
  }
}

/**
 * Gives the model the weights that `read` finds under their published names; the model keeps the arrays. Throws a
 * UserError for a missing or misshapen tensor.
 */
export async function fromHuggingFace(model: CausalLanguageModel, read: ReadTensor): Promise<void> {
  const { otherName } = familyOf(model);
  await loadPublished(
    publishedTensors(model),
    async (name, wanted) =>
      (await read(name, wanted)) ?? (otherName && read(otherName(name), wanted)),
  );
}

/** Ids that a tokenizer gives a meaning, none unless said. */
export interface SpecialIds {
  readonly beginId?: number;
  readonly endId?: number;
}

/** The `config.json` of a model, for transformers and for `fromHuggingFaceConfig`. */
export function toHuggingFaceConfig(
  model: CausalLanguageModel,
  { beginId, endId }: SpecialIds = {},
): Record<string, unknown> {
  const family = familyOf(model);
  return {
    model_type: family.modelType,
    architectures: [family.architecture],
    dtype: "float32",
    torch_dtype: "float32", // as transformers before 4.56 calls it
    ...family.configTo(model.config),
    bos_token_id: beginId ?? null,
    eos_token_id: endId ?? null,
  };
}

/** The config that a `config.json` describes; throws a UserError for what is missing or not supported. */
export function fromHuggingFaceConfig(json: unknown): FamilyConfig {
  const published = publishedConfig(json);
  const modelType = published["model_type"];
  const family = families.find((one) => one.modelType === modelType);
  if (!family) {
    const known = families.map((one) => one.modelType);
    throw unsupported("model_type", `one of ${known.join(", ")}`, modelType);
  }
  return { family, config: family.configFrom(published) };
}
