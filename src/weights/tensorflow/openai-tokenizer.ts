/** @file GPT-2's vocabulary as OpenAI published it (`encoder.json`, `vocab.bpe`) as a `tokenizer.json`. */
import { UserError } from "../../errors.ts";
import type { JsonObject } from "../json-file.ts";

const endOfText = "<|endoftext|>";

/** Content of `tokenizer.json`. `merges` is the text of `vocab.bpe`: a line of version, then a pair on each line. */
export function openaiTokenizer(vocab: JsonObject, merges: string): JsonObject {
  const endId = vocab[endOfText];
  const step = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  const pairs = merges
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#version"))
    .map((line) => line.split(" "));
  if (pairs.some((pair) => pair.length !== 2)) {
    throw new UserError(
      "vocab.bpe: expected two tokens on each line, got another number. Get it again.",
    );
  }
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens:
      typeof endId === "number" ? [{ id: endId, content: endOfText, ...flags, special: true }] : [],
    normalizer: null,
    pre_tokenizer: step,
    post_processor: { ...step, trim_offsets: false },
    decoder: step,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: "",
      end_of_word_suffix: "",
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges: pairs,
    },
  };
}

/** The id that ends a text, if the vocabulary has one. */
export function endOfTextId(vocab: JsonObject): number | null {
  const id = vocab[endOfText];
  return typeof id === "number" ? id : null;
}
