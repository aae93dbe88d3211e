/** @file The parts of a `tokenizer.json`, each read by its own file. */
import { UserError } from "../../errors.ts";
import { type AddedToken, readAddedTokens } from "./added-tokens.ts";
import { type Decoder, readDecoder } from "./decoders.ts";
import { Fields } from "./fields.ts";
import { type BytePairModel, readModel } from "./model.ts";
import { type Normalizer, readNormalizer } from "./normalizers.ts";
import { readPostProcessor, type Surroundings } from "./post-processors.ts";
import { type PreTokenization, readPreTokenizer } from "./pre-tokenizers.ts";
import { requireDenseId } from "./token-id.ts";
import type { TokenizerConfig } from "./tokenizer-config.ts";

export interface HuggingFaceParts {
  readonly model: BytePairModel;
  readonly addedTokens: readonly AddedToken[];
  readonly normalizer: Normalizer;
  readonly preTokenization: PreTokenization;
  readonly surroundings: Surroundings;
  readonly decoders: readonly Decoder[];
  readonly config: TokenizerConfig | undefined;
  /** The file's content without what `model` and `addedTokens` hold. */
  readonly json: HuggingFaceJson;
}

/** What is written again as it was read. */
export interface HuggingFaceJson {
  readonly normalizer: unknown;
  readonly preTokenizer: unknown;
  readonly postProcessor: unknown;
  readonly decoder: unknown;
}

/** Reads the parts; throws for any that is not supported. */
export function readParts(json: unknown, config?: TokenizerConfig): HuggingFaceParts {
  const fields = new Fields(json, "tokenizer.json");
  fields.take("version");
  for (const name of ["truncation", "padding"]) {
    const value = fields.take(name) ?? null;
    if (value !== null) fields.unsupported(`a ${name}`, [`no ${name}`]);
  }
  const kept = {
    normalizer: fields.take("normalizer") ?? null,
    preTokenizer: fields.take("pre_tokenizer") ?? null,
    postProcessor: fields.take("post_processor") ?? null,
    decoder: fields.take("decoder") ?? null,
  };
  const model = readModel(fields.take("model"));
  const addedTokens = withMore(readAddedTokens(fields.take("added_tokens")), config);
  fields.done();
  checkAddedTokens(addedTokens, model);
  return {
    model,
    addedTokens,
    normalizer: readNormalizer(kept.normalizer),
    preTokenization: readPreTokenizer(kept.preTokenizer),
    surroundings: readPostProcessor(kept.postProcessor),
    decoders: readDecoder(kept.decoder),
    config,
    json: kept,
  };
}

/** With the tokens that only the configuration names. */
function withMore(tokens: AddedToken[], config?: TokenizerConfig): AddedToken[] {
  const contents = new Set(tokens.map(({ content }) => content));
  const more = config?.addedTokens.filter(({ content }) => !contents.has(content)) ?? [];
  return [...tokens, ...more];
}

function checkAddedTokens(tokens: readonly AddedToken[], model: BytePairModel): void {
  const contents = new Map<number, string>();
  const count = model.ids.size + tokens.length;
  for (const { id, content } of tokens) {
    requireDenseId(id, content, count);
    const other = contents.get(id) ?? model.spellings[id];
    const isElsewhere = (model.ids.get(content) ?? id) !== id;
    if ((other !== undefined && other !== content) || isElsewhere) {
      throw new UserError(
        `tokenizer.json: expected the added token ${JSON.stringify(content)} to be the only one with the id ${id}, and ` +
          `to have no other, got ${JSON.stringify(other ?? model.ids.get(content))}. Remove one.`,
      );
    }
    contents.set(id, content);
  }
}
