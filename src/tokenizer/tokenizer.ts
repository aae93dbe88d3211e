/** What every tokenizer is: a two-way map between text and token ids, and nothing else. */

/** Turns text into token ids `0 … vocabSize - 1` and back. */
export interface Tokenizer {
  readonly vocabSize: number;

  /** Ids of the text; throws an `UnknownTextError` for what the vocabulary cannot express. */
  encode(text: string): Uint32Array;

  /** Text of the ids; throws a `UserError` that names an id outside the vocabulary. */
  decode(ids: ArrayLike<number>): string;

  /**
   * The last index at which `text` may be cut so that encoding both sides apart gives the same ids, whatever
   * follows; 0 when there is none. It lets a corpus of any size be encoded in pieces.
   */
  cutPoint(text: string): number;

  /** Content of a Hugging Face `tokenizer.json`; `loadTokenizer` is the inverse. */
  toJson(): object;
}
