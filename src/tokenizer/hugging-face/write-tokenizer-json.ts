/** @file The content of a `tokenizer.json` whose model is byte pairs. */
import type { AddedToken } from "./added-tokens.ts";
import type { HuggingFaceParts } from "./parts.ts";

/** What a file says about its model; merges are pairs of spellings. */
export interface ModelJson {
  readonly vocab: Readonly<Record<string, number>>;
  readonly merges: readonly (readonly [string, string])[];
  readonly unk_token?: string | null;
  readonly fuse_unk?: boolean;
  readonly byte_fallback?: boolean;
  readonly ignore_merges?: boolean;
}

export interface TokenizerJson {
  readonly addedTokens: readonly AddedToken[];
  readonly normalizer: unknown;
  readonly preTokenizer: unknown;
  readonly postProcessor: unknown;
  readonly decoder: unknown;
  readonly model: ModelJson;
}

/** All fields that Hugging Face's library asks for. */
export function tokenizerJson(parts: TokenizerJson): object {
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: parts.addedTokens.map(addedTokenJson),
    normalizer: parts.normalizer,
    pre_tokenizer: parts.preTokenizer,
    post_processor: parts.postProcessor,
    decoder: parts.decoder,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      ...parts.model,
    },
  };
}

/** The file for a tokenizer that came from one. */
export function writeParts({ model, json, addedTokens }: HuggingFaceParts): object {
  const { lefts, rights } = model.merges;
  const spelling = (id: number) => model.spellings[id] ?? "";
  return tokenizerJson({
    ...json,
    addedTokens,
    model: {
      vocab: Object.fromEntries(model.ids),
      merges: Array.from(lefts, (left, rank) => [spelling(left), spelling(rights[rank])] as const),
      unk_token: model.unknownId === undefined ? null : spelling(model.unknownId),
      fuse_unk: model.fusesUnknown,
      byte_fallback: model.fallsBackToBytes,
      ignore_merges: model.takesWholePieces,
    },
  });
}

function addedTokenJson(token: AddedToken): object {
  return {
    id: token.id,
    content: token.content,
    single_word: token.isSingleWord,
    lstrip: token.takesSpaceBefore,
    rstrip: token.takesSpaceAfter,
    normalized: token.isNormalized,
    special: token.isSpecial,
  };
}
