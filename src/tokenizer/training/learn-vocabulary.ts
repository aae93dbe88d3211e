/** @file From counted words to a byte-level vocabulary: the same tokens, ids and merges as Hugging Face's `BpeTrainer`. */
import { UserError } from "../../errors.ts";
import type { Merge } from "../bpe/merges.ts";
import { byteCharacters } from "../hugging-face/byte-characters.ts";
import type { CountedWords } from "./counted-words.ts";
import { MergeLearner } from "./merge-learner.ts";
import { TurnTaker } from "./turn-taker.ts";
import type { WordTable } from "./word-table.ts";

export interface VocabularyOptions {
  /** Number of tokens: special ones, 256 single bytes, and merged ones. Fewer where the text has no more pairs. */
  readonly vocabSize: number;
  /** Pairs that occur less often are not merged (2). */
  readonly minFrequency?: number | undefined;
  /** Tokens that no ordinary text makes, such as `<|endoftext|>`; they have the first ids. */
  readonly specialTokens?: readonly string[] | undefined;
  /** Tokens merged of merged tokens stay shorter than this, in bytes; Hugging Face's `max_token_length` (no limit). */
  readonly maxTokenLength?: number | undefined;
}

export interface LearningOptions {
  /** Stops the work with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then, and at the end: how many merges of at most how many there are. */
  readonly onMerges?: ((numMerges: number, mostMerges: number) => void) | undefined;
  /** About how many bytes pairs may take; the vocabulary is the same for any number. */
  readonly pairBytes?: number | undefined;
}

/** A vocabulary as data. */
export interface LearnedVocabulary {
  readonly specialTokens: readonly string[];
  /** All tokens by id, special ones too, written in byte characters. */
  readonly names: readonly string[];
  /** In the order in which they are applied; several may make the same token. */
  readonly merges: readonly Merge[];
}

/** Bytes in the order of their characters: the ids of single bytes follow it, as GPT-2's do. */
const orderedBytes = [...byteCharacters.keys()].sort(
  (a, b) => byteCharacters[a].charCodeAt(0) - byteCharacters[b].charCodeAt(0),
);

/** Learns merges until the vocabulary is full or no pair is frequent enough; gives the event loop turns. */
export async function learnVocabulary(
  words: WordTable,
  options: VocabularyOptions,
  { signal, onMerges, pairBytes }: LearningOptions = {},
): Promise<LearnedVocabulary> {
  requireTrainingOptions(options);
  const { vocabSize, minFrequency = 2, specialTokens = [], maxTokenLength } = options;
  const names = [...specialTokens, ...orderedBytes.map((byte) => byteCharacters[byte])];
  const ids = new Map(names.map((name, id) => [name, id]));
  const learner = new MergeLearner(byteTokens(words, specialTokens.length, vocabSize), {
    ...{ vocabSize, minFrequency, maxTokenLength, memory: words.takeSlots(), pairBytes },
  });
  const turns = new TurnTaker(signal);
  const merges = new Map<number, Merge>();
  const most = vocabSize - names.length;
  while (names.length < vocabSize) {
    while (learner.needsPairs) {
      for (const _ of learner.findPairs()) if (turns.isDue()) await turns.take();
    }
    const pair = learner.next();
    if (!pair) break;
    const { left, right } = pair;
    const name = names[left] + names[right];
    const merged = ids.get(name) ?? names.push(name) - 1; // two ways may lead to one token
    ids.set(name, merged);
    const key = left * vocabSize + right;
    merges.delete(key); // a pair that is merged again has its later place
    merges.set(key, [left, right, merged]);
    learner.merge(merged);
    if (turns.isDue()) {
      onMerges?.(merges.size, most);
      await turns.take();
    }
  }
  onMerges?.(merges.size, most);
  return { specialTokens, names, merges: [...merges.values()] };
}

/** Takes over the words, as ids of single bytes. */
function byteTokens(words: WordTable, numSpecial: number, vocabSize: number): CountedWords {
  const idOf = new Uint32Array(256);
  for (const [rank, byte] of orderedBytes.entries()) idOf[byte] = numSpecial + rank;
  const tokens = words.takeTokens(idOf, vocabSize < 1 << 16 ? Uint16Array : Uint32Array);
  return { tokens, numWords: words.size, starts: words.starts, counts: words.counts };
}

/** Throws a UserError for a vocabulary that cannot be. */
export function requireTrainingOptions(options: VocabularyOptions): void {
  const { vocabSize, specialTokens = [], minFrequency = 2, maxTokenLength } = options;
  const twice = specialTokens.find((token, i) => token === "" || specialTokens.indexOf(token) < i);
  if (twice !== undefined) {
    throw new UserError(
      `special tokens: expected distinct texts, got ${JSON.stringify(twice)}${twice === "" ? "" : " twice"}. Name each once.`,
    );
  }
  const least = 256 + specialTokens.length;
  if (!(Number.isSafeInteger(vocabSize) && vocabSize >= least && vocabSize <= 1 << 24)) {
    throw new UserError(
      `vocabulary size: expected a whole number from ${least} (256 bytes and ${specialTokens.length} special tokens) ` +
        `to ${1 << 24}, got ${vocabSize}. Try 8192.`,
    );
  }
  if (!(Number.isSafeInteger(minFrequency) && minFrequency >= 0)) {
    throw new UserError(
      `minimum frequency: expected a whole number of 0 or more, got ${minFrequency}. Try 2.`,
    );
  }
  if (maxTokenLength !== undefined && !(maxTokenLength >= 1)) {
    throw new UserError(
      `maximum token length: expected a number of bytes from 1 on, got ${maxTokenLength}. Try 16.`,
    );
  }
}
