/** @file Ways to cut text into words before training, by name. */
import { gpt2Scanner } from "../bpe/gpt2-scanner.ts";
import { o200kScanner } from "../bpe/o200k-scanner.ts";
import type { Scanner } from "../bpe/scanner.ts";
import { llama3Scanner, scannerFor } from "../bpe/scanner-for.ts";
import { regexScanner } from "./regex-scanner.ts";

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

/** The scanner of a name; any other text is a regular expression as `tokenizer.json` has it. */
export function wordCut(pattern: WordCutName | (string & {})): Scanner {
  if (Object.hasOwn(wordCuts, pattern)) return wordCuts[pattern as WordCutName];
  return scannerFor(pattern) ?? regexScanner(pattern);
}
