/** @file OpenAI's encodings: whose ranks they have, how they cut text, and their special tokens. */
import { gpt2Scanner } from "../bpe/gpt2-scanner.ts";
import { o200kScanner } from "../bpe/o200k-scanner.ts";
import type { Scanner } from "../bpe/scanner.ts";
import { gpt4Scanner } from "../bpe/scanner-for.ts";
import type { Vocabulary } from "./packed-merges.ts";
import { loadCl100k, loadO200k, loadP50k, loadR50k } from "./vocabularies.ts";

export interface OpenAiEncoding {
  readonly scanner: Scanner;
  readonly specialTokens: Readonly<Record<string, number>>;
  readonly loadVocabulary: () => Promise<Vocabulary>;
}

const endOfText = { "<|endoftext|>": 50256 };

const gpt2: OpenAiEncoding = {
  scanner: gpt2Scanner,
  specialTokens: endOfText,
  loadVocabulary: loadR50k,
};
const p50kBase: OpenAiEncoding = { ...gpt2, loadVocabulary: loadP50k };
const o200kBase: OpenAiEncoding = {
  scanner: o200kScanner,
  specialTokens: { "<|endoftext|>": 199999, "<|endofprompt|>": 200018 },
  loadVocabulary: loadO200k,
};

const harmonyTokens = {
  "<|startoftext|>": 199998,
  "<|return|>": 200002,
  "<|constrain|>": 200003,
  "<|channel|>": 200005,
  "<|start|>": 200006,
  "<|end|>": 200007,
  "<|message|>": 200008,
  "<|call|>": 200012,
};

/** By the name that tiktoken gives them. */
export const openaiEncodings = {
  gpt2,
  r50k_base: gpt2,
  p50k_base: p50kBase,
  p50k_edit: {
    ...p50kBase,
    specialTokens: {
      ...endOfText,
      "<|fim_prefix|>": 50281,
      "<|fim_middle|>": 50282,
      "<|fim_suffix|>": 50283,
    },
  },
  cl100k_base: {
    scanner: gpt4Scanner,
    specialTokens: {
      "<|endoftext|>": 100257,
      "<|fim_prefix|>": 100258,
      "<|fim_middle|>": 100259,
      "<|fim_suffix|>": 100260,
      "<|endofprompt|>": 100276,
    },
    loadVocabulary: loadCl100k,
  },
  o200k_base: o200kBase,
  o200k_harmony: {
    ...o200kBase,
    get specialTokens() {
      return { ...reservedTokens(), ...o200kBase.specialTokens, ...harmonyTokens };
    },
  },
} as const satisfies Record<string, OpenAiEncoding>;

export type OpenAiEncodingName = keyof typeof openaiEncodings;

/** The names of ids of o200k_harmony that have no use yet; one, 200018, has two names. */
function reservedTokens(): Record<string, number> {
  const named = new Set(Object.values(harmonyTokens));
  const tokens: Record<string, number> = {};
  for (let id = 200000; id < 201088; id++) if (!named.has(id)) tokens[`<|reserved_${id}|>`] = id;
  return tokens;
}
