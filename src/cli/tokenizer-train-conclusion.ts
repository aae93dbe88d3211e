/** @file What came of training a tokenizer: where it is, how well it does, and what to do next. */
import { encodeDocument } from "../data/index.ts";
import type { Corpus } from "../data/index.ts";
import type { BytePairTokenizer } from "../tokenizer/index.ts";
import { formatCount, formatDuration, formatShort } from "./number-format.ts";

const measuredBytes = 1 << 22; // enough for an average

export interface TrainedTokenizer {
  readonly tokenizer: BytePairTokenizer;
  readonly path: string;
  readonly bytesPerToken: number;
  readonly elapsedMs: number;
  /** What was asked for. */
  readonly settings: { readonly vocabSize: number; readonly minFrequency: number };
}

/** Encodes the front of the corpus. */
export async function measureTokenizer(
  corpus: Corpus,
  tokenizer: BytePairTokenizer,
  signal: AbortSignal,
): Promise<{ readonly bytesPerToken: number }> {
  let [bytes, tokens] = [0, 0];
  for (const document of corpus.documents) {
    for await (const { ids, sizeBytes } of encodeDocument(document, tokenizer)) {
      signal.throwIfAborted();
      bytes += sizeBytes;
      tokens += ids.length;
      if (bytes >= measuredBytes) return { bytesPerToken: bytes / tokens };
    }
  }
  return { bytesPerToken: bytes / tokens };
}

/** The text to print. */
export function concludeTraining(
  trained: TrainedTokenizer,
  corpus: Corpus,
  asJson: boolean,
): string {
  return asJson ? `${JSON.stringify(summary(trained, corpus))}\n` : described(trained, corpus);
}

function summary({ tokenizer, path, bytesPerToken, elapsedMs }: TrainedTokenizer, corpus: Corpus) {
  return {
    path,
    vocabSize: tokenizer.vocabSize,
    numMerges: numMerges(tokenizer),
    specialTokens: Object.fromEntries(tokenizer.specialTokens),
    pattern: tokenizer.parts.scanner.pattern,
    sizeBytes: corpus.sizeBytes,
    bytesPerToken,
    elapsedMs: Math.round(elapsedMs),
  };
}

function described(trained: TrainedTokenizer, corpus: Corpus): string {
  const { tokenizer, path, bytesPerToken, elapsedMs, settings } = trained;
  const text = `${formatShort(corpus.sizeBytes)}B of text in ${formatDuration(elapsedMs)}`;
  const name = /\s/.test(path) ? `"${path}"` : path;
  const next = path.endsWith(".tiktoken")
    ? [`For tiktoken, the pattern is ${tokenizer.parts.scanner.pattern}`]
    : [
        `Look at it:   npx scratchlm tokenizer inspect --tokenizer ${name} --text "Call me Ishmael."`,
        `Train with it: npx scratchlm pretrain <files…> --tokenizer ${name}`,
      ];
  return [
    `${formatCount(tokenizer.vocabSize)} tokens, ${formatCount(numMerges(tokenizer))} of them merged, from ${text}.`,
    ...(tokenizer.vocabSize < settings.vocabSize
      ? [`The text has no more pairs that occur ${settings.minFrequency} times.`]
      : []),
    `${bytesPerToken.toFixed(2)} bytes per token.`,
    `First merged: ${samples(tokenizer, "first")}`,
    `Last merged:  ${samples(tokenizer, "last")}`,
    "",
    `Tokenizer:    ${path}`,
    ...next,
    "",
  ].join("\n");
}

function numMerges(tokenizer: BytePairTokenizer): number {
  return tokenizer.vocabSize - 256 - tokenizer.specialTokens.size;
}

/** Some merged tokens, quoted. */
function samples(tokenizer: BytePairTokenizer, which: "first" | "last"): string {
  const count = Math.min(8, numMerges(tokenizer));
  const { vocabSize } = tokenizer;
  const from = which === "first" ? vocabSize - numMerges(tokenizer) : vocabSize - count;
  return Array.from({ length: count }, (_, i) => JSON.stringify(tokenizer.decode([from + i]))).join(
    " ",
  );
}
