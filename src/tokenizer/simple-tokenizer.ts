/**
 * The two word tokenizers of *Build a Large Language Model (From Scratch)*, sections 2.2 to 2.4: text is split at
 * punctuation, double dashes and white space by one regular expression, and white space is dropped. Decoding puts
 * one space between words, so a text comes back with its spacing normalised.
 */
import { UserError } from "../errors.ts";
import { compareCodePoints } from "./code-points.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { UnknownTextError } from "./unknown-text-error.ts";
import { readWordLevel, sameJson, writeWordLevel } from "./word-level-json.ts";

// What Python's \s matches; JavaScript's adds U+FEFF and leaves out U+001C to U+001F and U+0085.
const space =
  "[\\t-\\r\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const punctuation = `[,.:;?_!"()']|--`;
const separators = new RegExp(`(${punctuation}|${space})`);
const isSpace = new RegExp(`^${space}$`);

const noUnknownToken = "<unknown words are errors>";
const endOfText = "<|endoftext|>";
const unknownWord = "<|unk|>";

/** Pieces between and including separators; joined, they are the text again. */
export function splitKeepingSpaces(text: string): string[] {
  return text.split(separators).filter((piece) => piece !== "");
}

/** The words and punctuation marks of the text. */
export function splitWords(text: string): string[] {
  return splitKeepingSpaces(text).filter((piece) => !isSpace.test(piece));
}

/** Distinct words in code-point order: the index of each is its id. */
export function wordVocabulary(words: Iterable<string>): string[] {
  return [...new Set(words)].sort(compareCodePoints);
}

/** Looks words up; a word outside the vocabulary is an error. */
export class SimpleTokenizerV1 implements Tokenizer {
  readonly vocabulary: readonly string[];
  protected readonly ids: ReadonlyMap<string, number>;
  protected readonly unknownToken: string = noUnknownToken;
  /** Punctuation that `decode` joins to the word before it. */
  protected readonly closing: string = `,.?!"()'`;

  /** From distinct words, each at the index that is its id. */
  constructor(vocabulary: readonly string[]) {
    this.vocabulary = vocabulary;
    this.ids = new Map(vocabulary.map((word, id) => [word, id]));
  }

  /** A vocabulary of all words of the text. */
  static fromText(text: string): SimpleTokenizerV1 {
    return new SimpleTokenizerV1(wordVocabulary(splitWords(text)));
  }

  /** A tokenizer from `tokenizer.json`, or `undefined` when that is of another kind. */
  static fromJson(json: unknown): SimpleTokenizerV1 | undefined {
    const parts = readWordLevel(json);
    if (!parts) return undefined;
    const { vocabulary } = parts;
    const tokenizers = [new SimpleTokenizerV1(vocabulary), new SimpleTokenizerV2(vocabulary)];
    return tokenizers.find((tokenizer) => sameJson(tokenizer.toJson(), json));
  }

  get vocabSize(): number {
    return this.vocabulary.length;
  }

  encode(text: string): Uint32Array {
    const ids: number[] = [];
    let offset = 0;
    for (const piece of splitKeepingSpaces(text)) {
      if (!isSpace.test(piece)) ids.push(this.idOf(piece, offset));
      offset += piece.length;
    }
    return Uint32Array.from(ids);
  }

  decode(ids: ArrayLike<number>): string {
    const words = Array.from(ids, (id) => this.#word(id));
    return words.join(" ").replaceAll(this.#spaceBeforeClosing(), "");
  }

  cutPoint(text: string): number {
    let end = text.length;
    while (end > 0 && !isSpace.test(text[end - 1])) end--;
    return end;
  }

  toJson(): object {
    return writeWordLevel({
      vocabulary: this.vocabulary,
      unknownToken: this.unknownToken,
      preTokenizer: {
        type: "Sequence",
        pretokenizers: [splitAt(space, "Removed"), splitAt(punctuation, "Isolated")],
      },
      decoder: {
        type: "Sequence",
        decoders: [
          // Puts a space before all words but the first; its prefix, which it would cut off, is in no word.
          { type: "WordPiece", prefix: " ", cleanup: false },
          { type: "Fuse" },
          { type: "Replace", pattern: { Regex: this.#spaceBeforeClosing().source }, content: "" },
        ],
      },
    });
  }

  protected idOf(word: string, offset: number): number {
    const id = this.ids.get(word);
    if (id !== undefined) return id;
    const advice = "Build the vocabulary from text that has it, or use SimpleTokenizerV2.";
    throw new UnknownTextError(`word ${JSON.stringify(word)}`, offset, advice);
  }

  #spaceBeforeClosing(): RegExp {
    return new RegExp(` +(?=[${this.closing}])`, "g");
  }

  #word(id: number): string {
    const word = this.vocabulary[id];
    if (word !== undefined) return word;
    throw new UserError(
      `decode: expected token ids from 0 to ${this.vocabSize - 1}, got ${id}. ` +
        `Use the tokenizer that the model was trained with.`,
    );
  }
}

function splitAt(pattern: string, behavior: string): object {
  return { type: "Split", pattern: { Regex: pattern }, behavior, invert: false };
}

/** Adds `<|endoftext|>`, which separates documents, and `<|unk|>`, which stands for words outside the vocabulary. */
export class SimpleTokenizerV2 extends SimpleTokenizerV1 {
  protected override readonly unknownToken = unknownWord;
  protected override readonly closing = `,.:;?!"()'`;

  static override fromText(text: string): SimpleTokenizerV2 {
    const special = [endOfText, unknownWord];
    const words = splitWords(text).filter((word) => !special.includes(word));
    return new SimpleTokenizerV2([...wordVocabulary(words), ...special]);
  }

  protected override idOf(word: string, offset: number): number {
    return this.ids.get(word) ?? this.ids.get(unknownWord) ?? super.idOf(word, offset);
  }
}
