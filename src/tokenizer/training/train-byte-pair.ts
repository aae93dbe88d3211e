/** @file From text to a byte-pair tokenizer: words are counted, then merges learned. */
import { WordCounter } from "./count-words.ts";
import { learnVocabulary, requireVocabularyOptions } from "./learn-vocabulary.ts";
import type { VocabularyOptions } from "./learn-vocabulary.ts";
import { TrainedTokenizer } from "./trained-tokenizer.ts";
import { TurnTaker } from "./turn-taker.ts";
import { wordCuts } from "./word-cuts.ts";
import type { WordCutName } from "./word-cuts.ts";

export interface TrainingOptions extends VocabularyOptions {
  /** How text is cut into words, across which nothing is merged (`"gpt2"`). */
  readonly pattern?: WordCutName | undefined;
  /** Stops the work with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
}

/** How far training is: first documents are counted, then pairs merged. */
export type TrainingProgress =
  | { readonly stage: "counting"; readonly numDocuments: number; readonly numDistinctWords: number }
  | { readonly stage: "merging"; readonly numMerges: number; readonly mostMerges: number };

/**
 * Trains a byte-level byte-pair tokenizer on documents; the same documents give the same tokenizer. It takes the memory of the distinct
 * words, whatever the size of the corpus.
 *
 * @example
 * const tokenizer = await trainBytePair(["low lower lowest", "new newer newest"], { vocabSize: 270 });
 * tokenizer.decode(tokenizer.encode("lowest"));
 */
export async function trainBytePair(
  documents: Iterable<string> | AsyncIterable<string>,
  options: TrainingOptions,
): Promise<TrainedTokenizer> {
  requireVocabularyOptions(options);
  const { pattern = "gpt2", specialTokens, signal, onProgress } = options;
  const scanner = wordCuts[pattern];
  const counter = new WordCounter(scanner, specialTokens);
  const turns = new TurnTaker(signal);
  let numDocuments = 0;
  for await (const document of documents) {
    counter.add(document);
    numDocuments++;
    if (!turns.isDue()) continue;
    onProgress?.({ stage: "counting", numDocuments, numDistinctWords: counter.table.size });
    await turns.take();
  }
  const onMerges = (numMerges: number, mostMerges: number) =>
    onProgress?.({ stage: "merging", numMerges, mostMerges });
  const vocabulary = await learnVocabulary(counter.table, options, { signal, onMerges });
  return new TrainedTokenizer(vocabulary, scanner);
}
