/** @file A model as a folder in Hugging Face's layout, for transformers and whatever reads the same. */
import { join } from "node:path";
import { pack, publishedTensors, toHuggingFaceConfig } from "../models/index.ts";
import type { CausalLanguageModel, SpecialIds } from "../models/index.ts";
import { HuggingFaceTokenizer } from "../tokenizer/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import { createDirectory } from "./new-directory.ts";
import { writeWeights } from "./sharded-safetensors.ts";

export interface SavedModel extends SpecialIds {
  readonly model: CausalLanguageModel;
  /** None is written unless given. */
  readonly tokenizer?: Tokenizer | undefined;
}

/**
 * Writes `config.json`, `generation_config.json`, the weights in float32 and the tokenizer to the folder `path`, which must not
 * exist yet, all or nothing. Throws a UserError when it exists and when it cannot be written.
 */
export async function saveModelDirectory(path: string, saved: SavedModel): Promise<void> {
  const { model, tokenizer, beginId, endId } = saved;
  await createDirectory(path, async (folder) => {
    const write = (name: string, value: unknown) =>
      writeFileAtomically(join(folder, name), [
        new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`),
      ]);
    const tensors = publishedTensors(model).map((tensor) => ({
      ...{ name: tensor.name, shape: tensor.shape, dtype: "F32" as const },
      data: () => pack(tensor, ({ data }) => data),
    }));
    await writeWeights(folder, tensors);
    await write("config.json", toHuggingFaceConfig(model, saved));
    const ids = { bos_token_id: beginId ?? null, eos_token_id: endId ?? null };
    await write("generation_config.json", { _from_model_config: true, ...ids });
    if (!tokenizer) return;
    await write("tokenizer.json", tokenizer.toJson());
    await write("tokenizer_config.json", tokenizerConfig(tokenizer, saved));
  });
}

/** What came with a published tokenizer, else what transformers cannot do without. */
function tokenizerConfig(tokenizer: Tokenizer, { model, beginId, endId }: SavedModel): object {
  if (tokenizer instanceof HuggingFaceTokenizer && tokenizer.config) return tokenizer.config.json;
  const names = new Map([...(tokenizer.specialTokens ?? [])].map(([name, id]) => [id, name]));
  const named = (id: number | undefined) => (id === undefined ? undefined : names.get(id));
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    model_max_length: model.config.contextLength,
    clean_up_tokenization_spaces: false,
    ...(named(beginId) && { bos_token: named(beginId) }),
    ...(named(endId) && { eos_token: named(endId) }),
  };
}
