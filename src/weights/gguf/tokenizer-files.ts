/** @file The tokenizer that a GGUF file carries as the files of a Hugging Face folder. */
import type { JsonObject } from "../json-file.ts";
import type { MetadataReader } from "./metadata-reader.ts";
import { mergesOf } from "./piece-scores.ts";
import { preTokenizerJson, preTokenizerNamed } from "./pre-tokenizers.ts";
import { tokenTypes, wholeFileKey } from "./tokenizer-metadata.ts";

/** File names and their content; none where the file has no tokenizer, or one of a kind that is not supported. */
export function tokenizerFiles(metadata: MetadataReader): Map<string, string> {
  const files = new Map<string, string>();
  const json = metadata.text(wholeFileKey) ?? tokenizerText(metadata);
  if (json === undefined) return files;
  files.set("tokenizer.json", json);
  files.set("tokenizer_config.json", JSON.stringify(settings(metadata), null, 2));
  return files;
}

/** Why there is no tokenizer, if there is none. */
export function missingTokenizerNote(metadata: MetadataReader): string {
  const model = metadata.text("tokenizer.ggml.model") ?? "none";
  const pre = metadata.text("tokenizer.ggml.pre");
  return `no tokenizer.json: the file's tokenizer is ${model}${pre === undefined ? "" : ` (${pre})`}`;
}

function tokenizerText(metadata: MetadataReader): string | undefined {
  const model = metadata.text("tokenizer.ggml.model");
  const tokens = metadata.texts("tokenizer.ggml.tokens");
  if (!tokens) return undefined;
  const types = metadata.numbers("tokenizer.ggml.token_type");
  const typeOf = (id: number) => types?.[id] ?? tokenTypes.normal;
  const parts = { metadata, tokens, typeOf };
  const json =
    model === "gpt2" ? byteLevel(parts) : model === "llama" ? sentencePiece(parts) : undefined;
  return json && JSON.stringify(json);
}

interface Parts {
  readonly metadata: MetadataReader;
  readonly tokens: readonly string[];
  readonly typeOf: (id: number) => number;
}

function byteLevel({ metadata, tokens, typeOf }: Parts): JsonObject | undefined {
  const pre = preTokenizerNamed(metadata.text("tokenizer.ggml.pre"));
  const merges = metadata.texts("tokenizer.ggml.merges");
  if (!pre || !merges) return undefined;
  const isOrdinary = (id: number) => typeOf(id) === tokenTypes.normal;
  const own = tokens.flatMap((piece, id) => (isOrdinary(id) ? [[piece, id] as const] : []));
  const step = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedTokens(tokens, typeOf),
    ...preTokenizerJson(pre),
    post_processor: beginning(metadata, tokens) ?? { ...step, trim_offsets: false },
    decoder: step,
    model: {
      type: "BPE",
      ...bytePairDefaults,
      byte_fallback: false,
      ignore_merges: pre.ignoresMerges,
      vocab: Object.fromEntries(own),
      merges: merges.map(splitMerge),
    },
  };
}

const bytePairDefaults = {
  dropout: null,
  unk_token: null,
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
  fuse_unk: false,
} as const;

/** A piece of bytes has no space in it, so the only space is the one between. */
function splitMerge(merge: string): [string, string] {
  const at = merge.indexOf(" ", 1);
  return [merge.slice(0, at), merge.slice(at + 1)];
}

function sentencePiece({ metadata, tokens, typeOf }: Parts): JsonObject | undefined {
  const scores = metadata.numbers("tokenizer.ggml.scores");
  if (!scores) return undefined;
  const startsWithSpace = metadata.flag("tokenizer.ggml.add_space_prefix") ?? true;
  const isUsed = (id: number) => typeOf(id) !== tokenTypes.unused;
  const own = tokens.flatMap((piece, id) => (isUsed(id) ? [[piece, id] as const] : []));
  const mergeable: readonly number[] = [tokenTypes.normal, tokenTypes.userDefined];
  const unknown = tokens.find((_, id) => typeOf(id) === tokenTypes.unknown);
  const spaces = { type: "Replace", pattern: { String: " " }, content: "▁" };
  const back = [
    { type: "Replace", pattern: { String: "▁" }, content: " " },
    { type: "ByteFallback" },
    { type: "Fuse" },
  ];
  const strip = { type: "Strip", content: " ", start: 1, stop: 0 };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedTokens(tokens, typeOf),
    normalizer: startsWithSpace
      ? { type: "Sequence", normalizers: [{ type: "Prepend", prepend: "▁" }, spaces] }
      : spaces,
    pre_tokenizer: null,
    post_processor: beginning(metadata, tokens) ?? null,
    decoder: { type: "Sequence", decoders: startsWithSpace ? [...back, strip] : back },
    model: {
      type: "BPE",
      ...bytePairDefaults,
      unk_token: unknown ?? null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: Object.fromEntries(own),
      merges: mergesOf(new Map(own), scores, (id) => mergeable.includes(typeOf(id))),
    },
  };
}

function addedTokens(tokens: readonly string[], typeOf: (id: number) => number): object[] {
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return tokens.flatMap((content, id) => {
    const type = typeOf(id);
    const isSpecial = type === tokenTypes.control || type === tokenTypes.unknown;
    const isAdded = isSpecial || type === tokenTypes.userDefined;
    return isAdded ? [{ id, content, ...flags, special: isSpecial }] : [];
  });
}

/** The post-processor that puts the begin token before a text, where the file asks for it. */
function beginning(metadata: MetadataReader, tokens: readonly string[]): JsonObject | undefined {
  const id = metadata.optionalNumber("tokenizer.ggml.bos_token_id");
  const isSentencePiece = metadata.text("tokenizer.ggml.model") === "llama";
  const isLlama3 = metadata.text("tokenizer.ggml.pre") === "llama-bpe";
  const adds = metadata.flag("tokenizer.ggml.add_bos_token") ?? (isSentencePiece || isLlama3);
  const token = id === undefined ? undefined : tokens[id];
  if (!adds || token === undefined) return undefined;
  const begin = { SpecialToken: { id: token, type_id: 0 } };
  const sequence = (name: string, type_id: number) => ({ Sequence: { id: name, type_id } });
  return {
    type: "TemplateProcessing",
    single: [begin, sequence("A", 0)],
    pair: [begin, sequence("A", 0), { SpecialToken: { id: token, type_id: 1 } }, sequence("B", 1)],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
}

/** Content of `tokenizer_config.json`. */
function settings(metadata: MetadataReader): JsonObject {
  const tokens = metadata.texts("tokenizer.ggml.tokens") ?? [];
  const tokenAt = (key: string) => tokens[metadata.optionalNumber(`tokenizer.ggml.${key}`) ?? -1];
  const named = [
    ["bos_token", tokenAt("bos_token_id")],
    ["eos_token", tokenAt("eos_token_id")],
    ["unk_token", tokenAt("unknown_token_id")],
    ["pad_token", tokenAt("padding_token_id")],
    ["add_bos_token", metadata.flag("tokenizer.ggml.add_bos_token")],
    ["add_eos_token", metadata.flag("tokenizer.ggml.add_eos_token")],
    ["chat_template", metadata.text("tokenizer.chat_template")],
  ] as const;
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    clean_up_tokenization_spaces: false,
    ...Object.fromEntries(named.filter(([, value]) => value !== undefined)),
  };
}
