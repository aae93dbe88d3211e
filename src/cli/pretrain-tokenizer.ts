/** @file The tokenizer of a new run: characters of the text, byte pairs learned from it, or one that exists. */
import { UserError } from "../errors.ts";
import { corpusText, encodeDocument } from "../data/index.ts";
import type { Corpus, Progress } from "../data/index.ts";
import { CharTokenizer } from "../tokenizer/index.ts";
import type { Tokenizer, TrainingProgress } from "../tokenizer/index.ts";
import { trainRunTokenizer } from "../training/index.ts";
import { formatCount } from "./number-format.ts";
import type { Sitting } from "./open-run.ts";
import type { Recipe } from "./pretrain-recipe.ts";
import { chooseTokenizer } from "./tokenizer-choice.ts";

/** A tokenizer, and what the text is in it. */
export interface TokenizedText {
  readonly tokenizer: Tokenizer;
  readonly numTokens: number;
  /** What its tokens are, for people. */
  readonly tokenName: string;
}

const countedBytes = 1 << 22; // of a larger text, the number of tokens is an estimate

/** Chooses as `recipe` says, from `trainFraction` of the text where one has to be learned. */
export async function tokenizeText(
  corpus: Corpus,
  recipe: Recipe,
  trainFraction: number,
  sitting: Sitting,
): Promise<TokenizedText> {
  const { tokenizer: kind, encoding, vocabSize } = recipe;
  if (vocabSize !== undefined && kind !== "bpe") throw vocabSizeAlone();
  if (encoding === undefined && (kind === undefined || kind === "chars")) {
    return { ...(await readCharacters(corpus, sitting)), tokenName: "characters" };
  }
  const tokenizer =
    kind === "bpe" && encoding === undefined
      ? await learnBytePairs(corpus, { vocabSize, trainFraction }, sitting)
      : (await chooseTokenizer({ tokenizer: kind, encoding })).tokenizer;
  const numTokens = await countTokens(corpus, tokenizer, sitting);
  return { tokenizer, numTokens, tokenName: "tokens" };
}

/** One pass over the text, for its characters and their number. */
async function readCharacters(corpus: Corpus, { screen, signal }: Sitting) {
  let numTokens = 0;
  const onProgress = ({ doneBytes, totalBytes }: Progress) =>
    screen.note(`reading the text: ${Math.round((100 * doneBytes) / totalBytes)} %`);
  async function* counted() {
    for await (const text of corpusText(corpus, { signal, onProgress })) {
      numTokens += text.length - (text.match(/[\ud800-\udbff]/g)?.length ?? 0); // code points
      yield text;
    }
  }
  const tokenizer = await CharTokenizer.fromChunks(counted());
  return { tokenizer, numTokens };
}

function learnBytePairs(
  corpus: Corpus,
  sizes: { readonly vocabSize: number | undefined; readonly trainFraction: number },
  { screen, signal }: Sitting,
): Promise<Tokenizer> {
  const { vocabSize = suggestVocabSize(corpus.sizeBytes), trainFraction } = sizes;
  const onProgress = (progress: TrainingProgress) =>
    screen.note(
      progress.stage === "counting"
        ? `reading the text: ${formatCount(progress.numDistinctWords)} distinct words`
        : `learning byte pairs: ${formatCount(progress.numMerges)} of ${formatCount(progress.mostMerges)}`,
    );
  const specialTokens = ["<|endoftext|>"];
  return trainRunTokenizer(corpus, { vocabSize, trainFraction, specialTokens, signal, onProgress });
}

/** A vocabulary of which each token is seen often enough to be learned. */
export function suggestVocabSize(sizeBytes: number): number {
  const fitting = 2 ** Math.floor(Math.log2(Math.max(sizeBytes, 1) / 600));
  return Math.min(Math.max(fitting, 512), 32768);
}

async function countTokens(corpus: Corpus, tokenizer: Tokenizer, { signal }: Sitting) {
  let [numTokens, doneBytes] = [0, 0];
  for (const document of corpus.documents) {
    for await (const { ids, sizeBytes } of encodeDocument(document, tokenizer)) {
      signal.throwIfAborted();
      numTokens += ids.length;
      doneBytes += sizeBytes;
      if (doneBytes > countedBytes) return Math.round((numTokens / doneBytes) * corpus.sizeBytes);
    }
  }
  return numTokens;
}

function vocabSizeAlone(): UserError {
  return new UserError("--vocab-size: expected --tokenizer bpe beside it, got another or none.");
}
