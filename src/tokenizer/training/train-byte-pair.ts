/** @file From text to a byte-pair tokenizer: words are counted, then merges learned. */
import { BytePairTokenizer } from "../bpe/byte-pair-tokenizer.ts";
import { MergeTable } from "../bpe/merges.ts";
import type { Scanner } from "../bpe/scanner.ts";
import { TokenBytes } from "../bpe/token-bytes.ts";
import { bytesOfCharacters } from "../hugging-face/byte-characters.ts";
import { WordCounter } from "./count-words.ts";
import { learnVocabulary, requireTrainingOptions } from "./learn-vocabulary.ts";
import type { LearnedVocabulary, VocabularyOptions } from "./learn-vocabulary.ts";
import { TurnTaker } from "./turn-taker.ts";
import { wordCut } from "./word-cuts.ts";
import type { WordCutName } from "./word-cuts.ts";

export interface TrainingOptions extends VocabularyOptions {
  /**
   * How text is cut into words, across which nothing is merged (`"gpt2"`): by name, or by a regular expression as `tokenizer.json` has
   * it, which is slower and takes each document as a whole.
   */
  readonly pattern?: WordCutName | (string & {}) | undefined;
  /** Stops the work with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
}

/** A text, or the pieces in which a long one arrives. */
export type TrainingDocument = string | Iterable<string> | AsyncIterable<string>;

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
  documents: Iterable<TrainingDocument> | AsyncIterable<TrainingDocument>,
  options: TrainingOptions,
): Promise<BytePairTokenizer> {
  requireTrainingOptions(options);
  const { pattern = "gpt2", specialTokens, signal, onProgress } = options;
  const scanner = wordCut(pattern);
  const counter = new WordCounter(scanner, specialTokens);
  const turns = new TurnTaker(signal);
  let numDocuments = 0;
  const afterPiece = () => {
    if (!turns.isDue()) return undefined;
    onProgress?.({ stage: "counting", numDocuments, numDistinctWords: counter.table.size });
    return turns.take();
  };
  for await (const document of documents) {
    if (typeof document === "string") counter.add(document);
    else await counter.addPieces(document, afterPiece);
    numDocuments++;
    await afterPiece();
  }
  const onMerges = (numMerges: number, mostMerges: number) =>
    onProgress?.({ stage: "merging", numMerges, mostMerges });
  const vocabulary = await learnVocabulary(counter.table, options, { signal, onMerges });
  return tokenizerOf(vocabulary, scanner);
}

function tokenizerOf(
  { specialTokens, names, merges }: LearnedVocabulary,
  scanner: Scanner,
): BytePairTokenizer {
  const column = (i: 0 | 1 | 2) => merges.map((merge) => merge[i]);
  const isSpecial = (id: number) => id < specialTokens.length;
  return new BytePairTokenizer({
    name: "trained",
    tokens: TokenBytes.from(
      names.map((name, id) => (isSpecial(id) ? undefined : bytesOfCharacters(name))),
    ),
    merges: new MergeTable(column(0), column(1), column(2)),
    scanner,
    takesWholePieces: false, // as Hugging Face's trainer saves it
    specialTokens: new Map(specialTokens.map((token, id) => [token, id])),
  });
}
