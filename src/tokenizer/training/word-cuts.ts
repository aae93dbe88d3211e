/** @file Ways to cut text into words before training, by name. */
import { gpt2Scanner } from "../bpe/gpt2-scanner.ts";
import { o200kScanner } from "../bpe/o200k-scanner.ts";
import type { Scanner } from "../bpe/scanner.ts";
import { llama3Scanner } from "../bpe/scanner-for.ts";

/**
 * GPT-2's words; GPT-4's, with numbers of at most three digits and line breaks apart, spelled as Llama 3 has them; and GPT-4o's, which
 * also part "camelCase".
 */
export const wordCuts = {
  gpt2: gpt2Scanner,
  cl100k: llama3Scanner,
  o200k: o200kScanner,
} as const satisfies Record<string, Scanner>;

export type WordCutName = keyof typeof wordCuts;
