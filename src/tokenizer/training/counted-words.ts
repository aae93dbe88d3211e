/** @file Distinct words as tokens, and the pairs of neighbours in them before the first merge. */
import { PairIndex } from "./pair-index.ts";

/** Distinct words as tokens of one character each, and how often each word occurs. */
export interface CountedWords {
  /** Tokens of all words, one after the other. */
  readonly tokens: Uint16Array | Uint32Array;
  readonly numWords: number;
  /** Where each word starts in `tokens`, and where the last one ends. */
  readonly starts: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
}

/** A pair of neighbours. */
export interface FoundPair {
  readonly left: number;
  readonly right: number;
  /** Where it is seen first in the tokens of all words. */
  readonly first: number;
  /** How often it occurs in the corpus. */
  count: number;
  /** Distinct words that have it. */
  numWords: number;
  lastWord: number;
}

const none = -1;

/** All pairs, in the order of first sight, and a function that visits each pair's words in ascending order. */
export function findPairs(words: CountedWords) {
  let numTokens = 0;
  for (const token of words.tokens) numTokens = Math.max(numTokens, token + 1);
  const index = new PairIndex(numTokens);
  const pairs: FoundPair[] = [];
  forEachPair(words, (left, right, word, first) => {
    const i = index.of(left, right);
    if (i === pairs.length) {
      pairs.push({ left, right, first, count: 0, numWords: 0, lastWord: none });
    }
    const pair = pairs[i];
    pair.count += words.counts[word];
    if (pair.lastWord !== word) pair.numWords++;
    pair.lastWord = word;
  });
  const forEachWord = (visit: (pair: number, word: number) => void) => {
    for (const pair of pairs) pair.lastWord = none;
    forEachPair(words, (left, right, word) => {
      const i = index.of(left, right);
      if (pairs[i].lastWord !== word) visit(i, word);
      pairs[i].lastWord = word;
    });
  };
  return { pairs, forEachWord };
}

function forEachPair(
  { tokens, numWords, starts }: CountedWords,
  visit: (left: number, right: number, word: number, place: number) => void,
): void {
  for (let word = 0; word < numWords; word++) {
    const last = starts[word + 1] - 1;
    for (let i = starts[word]; i < last; i++) visit(tokens[i], tokens[i + 1], word, i);
  }
}
