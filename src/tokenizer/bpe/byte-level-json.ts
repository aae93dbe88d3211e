/** @file A byte-pair tokenizer as Hugging Face's `tokenizer.json`, which gives the same ids. */
import { charactersOfBytes } from "../hugging-face/byte-characters.ts";
import { tokenizerJson } from "../hugging-face/write-tokenizer-json.ts";
import type { BytePairParts } from "./byte-pair-tokenizer.ts";
import { gpt2Scanner } from "./gpt2-scanner.ts";

/** The content of `tokenizer.json`. */
export function byteLevelJson(parts: BytePairParts): object {
  const { tokens, merges, scanner, takesWholePieces = true, specialTokens = new Map() } = parts;
  const names = Array.from({ length: tokens.size }, (_, id) =>
    charactersOfBytes(tokens.bytesOf(id)),
  );
  const ordinary = names.flatMap((name, id) => (name === "" ? [] : [[name, id] as const]));
  return tokenizerJson({
    addedTokens: [...specialTokens].map(([content, id]) => ({
      id,
      content,
      isSpecial: true,
      isNormalized: false,
      isSingleWord: false,
      takesSpaceBefore: false,
      takesSpaceAfter: false,
    })),
    normalizer: null,
    preTokenizer: preTokenizerJson(scanner.pattern),
    postProcessor: null,
    decoder: byteLevel(true),
    model: {
      // Special tokens too: an added token that the model has keeps its id, whatever ids are free before it.
      vocab: Object.fromEntries([...ordinary, ...specialTokens]),
      merges: Array.from(merges.entries(), ([left, right]) => [names[left], names[right]] as const),
      ignore_merges: takesWholePieces,
    },
  });
}

function preTokenizerJson(pattern: string): object {
  if (pattern === gpt2Scanner.pattern) return byteLevel(true);
  const split = { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false };
  return { type: "Sequence", pretokenizers: [split, byteLevel(false)] };
}

function byteLevel(use_regex: boolean): object {
  return { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex };
}
