/** @file Distinct words as tokens, which get fewer as they are merged. */

/** Distinct words as tokens of one character each, and how often each word occurs. */
export interface CountedWords {
  /** Tokens of all words, one after the other. Places that a word does not need, behind its last one, have `noToken`. */
  readonly tokens: Uint16Array | Uint32Array;
  readonly numWords: number;
  /** Where each word starts in `tokens`, and where the last one ends. */
  readonly starts: Uint32Array;
  readonly counts: ArrayLike<number>;
}

/** What is no token: the largest number that the array can hold. */
export function noTokenOf({ tokens }: CountedWords): number {
  return 2 ** (8 * tokens.BYTES_PER_ELEMENT) - 1;
}

/** Calls `visit` for groups of words that take some milliseconds, with pauses between. */
export function* inGroups(
  { numWords }: CountedWords,
  visit: (from: number, to: number) => void,
): Generator<void> {
  for (let from = 0; from < numWords; from += wordsAtOnce) {
    visit(from, Math.min(from + wordsAtOnce, numWords));
    yield;
  }
}

const wordsAtOnce = 4096;

/** Moves the words together, so that none has places that it does not need; long work, with pauses. */
export function* moveTogether(words: CountedWords): Generator<void> {
  const { tokens, starts, numWords } = words;
  const noToken = noTokenOf(words);
  let place = 0;
  yield* inGroups(words, (from, to) => {
    for (let word = from; word < to; word++) {
      const start = starts[word];
      const end = starts[word + 1];
      starts[word] = place;
      for (let i = start; i < end && tokens[i] !== noToken; i++, place++) tokens[place] = tokens[i];
    }
  });
  starts[numWords] = place;
}
