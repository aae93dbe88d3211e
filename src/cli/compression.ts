/** @file What a text costs in several vocabularies. */
import { UserError } from "../errors.ts";
import { ordinaryText } from "../data/index.ts";
import { formatCount } from "./number-format.ts";
import { alignColumns } from "./table.ts";
import type { NamedTokenizer } from "./tokenizer-choice.ts";

export interface Cost {
  readonly name: string;
  readonly vocabSize: number;
  /** Undefined where the vocabulary cannot express the text. */
  readonly numTokens?: number;
  readonly bytesPerToken?: number;
  /** Why there is no number. */
  readonly problem?: string;
}

/** Counts the tokens of a text of `sizeBytes` bytes; special tokens in it are ordinary text. */
export function costOf(
  { name, tokenizer }: NamedTokenizer,
  { text, sizeBytes }: { readonly text: string; readonly sizeBytes: number },
): Cost {
  const vocabulary = { name, vocabSize: tokenizer.vocabSize };
  try {
    const { length: numTokens } = tokenizer.encode(text, ordinaryText);
    return { ...vocabulary, numTokens, bytesPerToken: numTokens && sizeBytes / numTokens };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...vocabulary, problem: error.message };
  }
}

/** A row per vocabulary: its size, tokens, bytes per token, and tokens relative to those of the first. */
export function costTable(costs: readonly Cost[]): string {
  const head = ["vocabulary", "size", "tokens", "bytes/token", "tokens ×"];
  const rows = costs.map(({ name, vocabSize, numTokens, bytesPerToken }) => {
    const base = costs[0].numTokens;
    const relative = numTokens === undefined || !base ? "–" : (numTokens / base).toFixed(2);
    const counted = numTokens === undefined ? "–" : formatCount(numTokens);
    return [name, formatCount(vocabSize), counted, bytesPerToken?.toFixed(2) ?? "–", relative];
  });
  const problems = costs.flatMap(({ name, problem }) => (problem ? [`${name}: ${problem}`] : []));
  return [...alignColumns([head, ...rows]), ...problems].join("\n");
}
