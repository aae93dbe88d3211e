/** @file A `tokenizer.json` and what belongs to it as metadata of GGUF. */
import { isJsonObject, parseJsonObject, type JsonObject } from "../json-file.ts";
import type { PublishedModel } from "../published-model.ts";
import { bool, numbers, text, texts, uint32, type MetadataValue } from "./metadata.ts";
import { scoresOf } from "./piece-scores.ts";
import { preTokenizerName } from "./pre-tokenizers.ts";
import { beginToken, readBytePairs, type BytePairJson } from "./tokenizer-json.ts";

type Entries = Generator<readonly [key: string, value: MetadataValue]>;

/** llama.cpp's kinds of tokens. */
export const tokenTypes = {
  ...{ normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 },
} as const;

/** The key under which GGUF takes a whole `tokenizer.json`, for programs that can use it. */
export const wholeFileKey = "tokenizer.huggingface.json";

export interface TokenizerMetadata {
  readonly entries: readonly (readonly [key: string, value: MetadataValue])[];
  /** What a person should know. */
  readonly notes: readonly string[];
}

/** Said of a file that llama.cpp can only be given ids with. */
export const keptTokenizerNote =
  "llama.cpp cannot tokenize as this tokenizer.json does: it is kept for scratchlm";

/**
 * The tokenizer of `model` for a vocabulary of `vocabSize` tokens. Where llama.cpp cannot tokenize as the model does, the file
 * says that it has no tokenizer, and keeps `tokenizer.json` whole for scratchlm.
 */
export function tokenizerMetadata(
  { files }: Pick<PublishedModel, "files">,
  config: JsonObject,
  vocabSize: number,
): TokenizerMetadata {
  const whole = files.get("tokenizer.json");
  if (whole === undefined) {
    return {
      entries: none(config),
      notes: ["no tokenizer.json: llama.cpp can use the file with ids only"],
    };
  }
  const json = parseJsonObject(whole, "tokenizer.json");
  const settings = parseJsonObject(
    files.get("tokenizer_config.json") ?? "{}",
    "tokenizer_config.json",
  );
  const pairs = readBytePairs(json);
  const kind = pairs && kindOf(json, pairs);
  if (!pairs || !kind) {
    return { entries: [...none(config), [wholeFileKey, text(whole)]], notes: [keptTokenizerNote] };
  }
  const left = pairs.pieces.length - vocabSize;
  const given: Given = { json, settings, config, vocabSize, pairs, files };
  return {
    entries: [...vocabulary(given, kind), ...specialIds(given), ...template(given)],
    notes: left > 0 ? [`${left} tokens beyond the model's ${vocabSize} were left out`] : [],
  };
}

/** No tokenizer, but the ids that the config gives a meaning. */
function none(config: JsonObject): TokenizerMetadata["entries"] {
  const ids = ["bos_token_id", "eos_token_id"].flatMap((name) => {
    const id = firstOf(config[name]);
    return typeof id === "number" && id >= 0
      ? [[`tokenizer.ggml.${name}`, uint32(id)] as const]
      : [];
  });
  return [["tokenizer.ggml.model", text("none")], ...ids];
}

interface Given {
  readonly json: JsonObject;
  /** Content of `tokenizer_config.json`. */
  readonly settings: JsonObject;
  readonly config: JsonObject;
  readonly vocabSize: number;
  readonly pairs: BytePairJson;
  readonly files: ReadonlyMap<string, string>;
}

/** How llama.cpp would tokenize: by bytes, with the name of what cuts words, or as SentencePiece. */
type Kind = { readonly model: "gpt2"; readonly pre: string } | { readonly model: "llama" };

function kindOf(json: JsonObject, { hasByteFallback }: BytePairJson): Kind | undefined {
  if (hasByteFallback) return isSentencePiece(json) ? { model: "llama" } : undefined;
  const pre = preTokenizerName(json);
  return pre === undefined ? undefined : { model: "gpt2", pre };
}

/** Spaces become ▁, with or without one before the text; nothing else happens to it. */
function isSentencePiece(json: JsonObject): boolean {
  const shown =
    JSON.stringify(json["normalizer"] ?? null) + JSON.stringify(json["pre_tokenizer"] ?? null);
  return shown.includes("▁") && !/"(NFKC|NFC|NFD|NFKD|Lowercase|Precompiled|Regex)"/.test(shown);
}

function* vocabulary({ json, pairs, vocabSize }: Given, kind: Kind): Entries {
  const { pieces, merges } = pairs;
  const names = Array.from({ length: vocabSize }, (_, id) => pieces[id] ?? `[PAD${id}]`);
  yield ["tokenizer.ggml.model", text(kind.model)];
  if (kind.model === "gpt2") yield ["tokenizer.ggml.pre", text(kind.pre)];
  yield ["tokenizer.ggml.tokens", texts(names)];
  if (kind.model === "llama") {
    yield ["tokenizer.ggml.scores", numbers("float32", scoresOf(names, merges))];
    yield ["tokenizer.ggml.add_space_prefix", bool(startsWithSpace(json))];
  } else {
    yield ["tokenizer.ggml.merges", texts(merges.map((pair) => pair.join(" ")))];
  }
  yield ["tokenizer.ggml.token_type", numbers("int32", typesOf(pairs, vocabSize))];
}

function typesOf({ pieces, added, unknownToken, hasByteFallback }: BytePairJson, count: number) {
  const types = Int32Array.from({ length: count }, (_, id) => {
    const piece = pieces[id];
    if (piece === undefined) return tokenTypes.unused;
    const isByte = hasByteFallback && /^<0x[0-9A-F]{2}>$/.test(piece);
    return isByte ? tokenTypes.byte : tokenTypes.normal;
  });
  for (const { id, content, isSpecial } of added) {
    if (id >= count) continue;
    const special = content === unknownToken ? tokenTypes.unknown : tokenTypes.control;
    types[id] = isSpecial ? special : tokenTypes.userDefined;
  }
  return types;
}

function startsWithSpace({ normalizer, pre_tokenizer: pre }: JsonObject): boolean {
  const shown = JSON.stringify(normalizer ?? null) + JSON.stringify(pre ?? null);
  return shown.includes('"Prepend"') || /"prepend_scheme":"(always|first)"/.test(shown);
}

/** Ids with a meaning: those that the tokenizer's settings name, else those of the config. */
function* specialIds(given: Given): Entries {
  const { settings, json, pairs } = given;
  for (const [name, key] of [
    ["bos", "bos_token_id"],
    ["eos", "eos_token_id"],
    ["unk", "unknown_token_id"],
    ["pad", "padding_token_id"],
  ] as const) {
    const id = specialId(given, name);
    if (id !== undefined) yield [`tokenizer.ggml.${key}`, uint32(id)];
  }
  const begin = beginToken(json);
  const adds = settings["add_bos_token"];
  const addsBos =
    typeof adds === "boolean" ? adds : begin !== undefined && pairs.pieces.includes(begin);
  yield ["tokenizer.ggml.add_bos_token", bool(addsBos)];
  if (settings["add_eos_token"] === true) yield ["tokenizer.ggml.add_eos_token", bool(true)];
}

function specialId(
  { settings, config, pairs, vocabSize }: Given,
  name: string,
): number | undefined {
  const token = settings[`${name}_token`];
  const content = isJsonObject(token) ? token["content"] : token;
  const named = typeof content === "string" ? pairs.pieces.indexOf(content) : -1;
  const id = named >= 0 ? named : firstOf(config[`${name}_token_id`]);
  return typeof id === "number" && id >= 0 && id < vocabSize ? id : undefined;
}

/** Llama 3 lists several ids that end a text. */
function firstOf(ids: unknown): unknown {
  return Array.isArray(ids) ? ids[0] : ids;
}

function* template({ settings, files }: Given): Entries {
  const own = files.get("chat_template.jinja") ?? settings["chat_template"];
  if (typeof own === "string") yield ["tokenizer.chat_template", text(own)];
}
