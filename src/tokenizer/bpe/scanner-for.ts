/** @file Published regular expressions whose pieces a hand-written scanner finds. */
import { cl100kScanner } from "./cl100k-scanner.ts";
import { gpt2Scanner } from "./gpt2-scanner.ts";
import { o200kScanner } from "./o200k-scanner.ts";
import type { Scanner } from "./scanner.ts";

/** GPT-4's pieces. */
export const gpt4Scanner = cl100kScanner({ maxDigits: 3, takesTail: true });
export const llama3Scanner = cl100kScanner({ maxDigits: 3, takesTail: false });
/** Also Qwen 3's. */
export const qwen2Scanner = cl100kScanner({ maxDigits: 1, takesTail: false });

const published = [gpt2Scanner, gpt4Scanner, llama3Scanner, qwen2Scanner, o200kScanner];
const scanners = new Map(published.map((scanner) => [scanner.pattern, scanner]));

// As tiktoken writes them.
scanners.set(
  String.raw`'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s`,
  gpt2Scanner,
);
scanners.set(
  String.raw`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s`,
  gpt4Scanner,
);

/** The scanner for a pattern, written as its publisher does, or `undefined` when there is none. */
export function scannerFor(pattern: string): Scanner | undefined {
  return scanners.get(pattern);
}
