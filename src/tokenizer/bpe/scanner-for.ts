/** @file Published regular expressions whose pieces a hand-written scanner finds. */
import { cl100kScanner } from "./cl100k-scanner.ts";
import { gpt2Scanner } from "./gpt2-scanner.ts";
import { o200kScanner } from "./o200k-scanner.ts";
import type { Scanner } from "./scanner.ts";

const anyCase = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const spaces = String.raw`\s*[\r\n]+|\s+(?!\S)|\s+`;
const words = String.raw`[^\r\n\p{L}\p{N}]?\p{L}+`;
const symbols = String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*`;

const gpt2Pattern = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;
const upper = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const lower = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;

/** The patterns of tiktoken. */
export const openaiPatterns = {
  gpt2: String.raw`'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s`,
  cl100k: String.raw`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s`,
  o200k: [
    String.raw`[^\r\n\p{L}\p{N}]?${upper}*${lower}+${anyCase}?`,
    String.raw`[^\r\n\p{L}\p{N}]?${upper}+${lower}*${anyCase}?`,
    String.raw`\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|${spaces}`,
  ].join("|"),
};

const scanners = new Map<string, Scanner>([
  [openaiPatterns.gpt2, gpt2Scanner],
  [gpt2Pattern, gpt2Scanner],
  [openaiPatterns.cl100k, cl100kScanner({ maxDigits: 3, takesTail: true })],
  [
    String.raw`${anyCase}|${words}|\p{N}{1,3}|${symbols}|${spaces}`, // Llama 3
    cl100kScanner({ maxDigits: 3, takesTail: false }),
  ],
  [
    String.raw`${anyCase}|${words}|\p{N}|${symbols}|${spaces}`, // Qwen 2 and 3
    cl100kScanner({ maxDigits: 1, takesTail: false }),
  ],
  [openaiPatterns.o200k, o200kScanner],
]);

/** The scanner for a pattern, written as its publisher does, or `undefined` when there is none. */
export function scannerFor(pattern: string): Scanner | undefined {
  return scanners.get(pattern);
}
