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

/** Pairs of the words before the first merge, in the order of first sight. */
export class FoundPairs {
  readonly pairs: FoundPair[] = [];
  readonly #words: CountedWords;
  readonly #index: PairIndex;

  constructor(words: CountedWords) {
    let numTokens = 0;
    for (const token of words.tokens) numTokens = Math.max(numTokens, token + 1);
    this.#words = words;
    this.#index = new PairIndex(numTokens);
  }

  /** Finds and counts all pairs; long work, with pauses. */
  *find(): Generator<void> {
    const { pairs } = this;
    const { counts } = this.#words;
    yield* this.#visit((left, right, word, first) => {
      const i = this.#index.of(left, right);
      if (i === pairs.length) {
        pairs.push({ left, right, first, count: 0, numWords: 0, lastWord: none });
      }
      const pair = pairs[i];
      pair.count += counts[word];
      if (pair.lastWord !== word) pair.numWords++;
      pair.lastWord = word;
    });
  }

  /** Calls `note` for each pair, by its index, and each word that has it, in ascending order; long work, with pauses. */
  *eachWord(note: (pair: number, word: number) => void): Generator<void> {
    const { pairs } = this;
    for (const pair of pairs) pair.lastWord = none;
    yield* this.#visit((left, right, word) => {
      const i = this.#index.of(left, right);
      if (pairs[i].lastWord !== word) note(i, word);
      pairs[i].lastWord = word;
    });
  }

  *#visit(visit: PairVisitor): Generator<void> {
    const { numWords } = this.#words;
    for (let from = 0; from < numWords; from += wordsAtOnce) {
      visitPairs(this.#words, from, Math.min(from + wordsAtOnce, numWords), visit);
      yield;
    }
  }
}

const none = -1;
const wordsAtOnce = 4096; // some milliseconds

type PairVisitor = (left: number, right: number, word: number, place: number) => void;

function visitPairs(
  { tokens, starts }: CountedWords,
  from: number,
  to: number,
  visit: PairVisitor,
): void {
  for (let word = from; word < to; word++) {
    const last = starts[word + 1] - 1;
    for (let i = starts[word]; i < last; i++) visit(tokens[i], tokens[i + 1], word, i);
  }
}
