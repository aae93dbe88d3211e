/** @file A byte-pair vocabulary for a run, learned from the text that the model will be trained on and not from the rest. */
import type { Corpus, ReadOptions, TextDocument } from "../data/index.ts";
import { trainBytePair } from "../tokenizer/index.ts";
import type { TrainingProgress, VocabularyOptions } from "../tokenizer/index.ts";

export interface RunTokenizerOptions extends VocabularyOptions, Pick<ReadOptions, "signal"> {
  /** Share of the text's bytes, from the front, that is learned from. */
  readonly trainFraction: number;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

/** Trains a byte-pair tokenizer on the front of `corpus`. */
export async function trainRunTokenizer(
  corpus: Corpus,
  { trainFraction, ...options }: RunTokenizerOptions,
) {
  return trainBytePair(frontOf(corpus, trainFraction * corpus.sizeBytes), options);
}

/** The documents of the first `sizeBytes` bytes; the last may end in its midst. */
function* frontOf(corpus: Corpus, sizeBytes: number): Generator<AsyncIterable<string>> {
  for (const document of corpus.documents) {
    if (sizeBytes < 1) return;
    yield piecesOf(document, sizeBytes);
    sizeBytes -= document.sizeBytes;
  }
}

async function* piecesOf(document: TextDocument, sizeBytes: number): AsyncGenerator<string> {
  for await (const chunk of document.chunks()) {
    const share = Math.min(sizeBytes / chunk.sizeBytes, 1);
    const text = chunk.text.slice(0, Math.floor(share * chunk.text.length));
    yield share < 1 ? text.replace(/[\ud800-\udbff]$/, "") : text; // no half of a character
    sizeBytes -= chunk.sizeBytes;
    if (sizeBytes < 1) return;
  }
}
