/** What every tokenizer is: a two-way map between text and token ids, and nothing else. */
import type { SpecialTokenOptions } from "./bpe/special-tokens.ts";

/** Turns text into token ids `0 … vocabSize - 1` and back. */
export interface Tokenizer {
  readonly vocabSize: number;

  /** Ids of tokens such as `<|endoftext|>`, which no ordinary text makes; undefined where a tokenizer knows none. */
  readonly specialTokens?: ReadonlyMap<string, number>;

  /**
   * Ids of the text; throws an `UnknownTextError` for what the vocabulary cannot express. The options say what becomes of
   * special tokens in it, where there are such.
   */
  encode(text: string, options?: SpecialTokenOptions): Uint32Array;

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
