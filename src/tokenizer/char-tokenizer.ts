/**
 * One token per Unicode code point. The smallest tokenizer that works: no text is ever longer in tokens than in
 * characters, and the vocabulary is whatever the corpus holds.
 */
import { UserError } from "../errors.ts";
import { describeCodePoint, endsInHalfPair, isSurrogate } from "./code-points.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { UnknownTextError } from "./unknown-text-error.ts";
import { readWordLevel, sameJson, writeWordLevel } from "./word-level-json.ts";

export interface CharTokenizerOptions {
  /** A last token that stands for every character outside the vocabulary, such as `<unk>`; without it they are errors. */
  readonly unknownToken?: string;
}

const numCodePoints = 0x110000;
const absent = -1;

// WordLevel needs a name for what is unknown even when nothing may be: this one is never in the vocabulary.
const noUnknownToken = "<unknown characters are errors>";
const preTokenizer = {
  type: "Split",
  pattern: { Regex: "[\\s\\S]" }, // any one character, newlines too
  behavior: "Isolated",
  invert: false,
};
const decoder = { type: "Fuse" };

/** Looks characters up in a table. */
export class CharTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly #characters: readonly string[];
  readonly #unknownToken: string | undefined;
  readonly #ids: Int32Array;

  /** From distinct characters, each at the index that is its id. */
  constructor(characters: readonly string[], { unknownToken }: CharTokenizerOptions = {}) {
    if (unknownToken !== undefined && characters.includes(unknownToken)) {
      throw new UserError(
        `character vocabulary: expected an unknown token that is no character of it, got ` +
          `${JSON.stringify(unknownToken)}. Try "<unk>".`,
      );
    }
    this.#characters = characters;
    this.#unknownToken = unknownToken;
    this.#ids = idTable(characters);
    this.vocabSize = characters.length + (unknownToken === undefined ? 0 : 1);
  }

  /** A vocabulary of the text's distinct characters, in code-point order. */
  static fromText(text: string, options?: CharTokenizerOptions): CharTokenizer {
    const seen = new CharacterSet();
    seen.add(text);
    return new CharTokenizer(seen.sorted(), options);
  }

  /** The same for a text that comes in chunks of any size, in constant memory. */
  static async fromChunks(
    chunks: AsyncIterable<string>,
    options?: CharTokenizerOptions,
  ): Promise<CharTokenizer> {
    const seen = new CharacterSet();
    for await (const chunk of chunks) seen.add(chunk);
    return new CharTokenizer(seen.sorted(), options);
  }

  /** A tokenizer from `tokenizer.json`, or `undefined` when that is of another kind. */
  static fromJson(json: unknown): CharTokenizer | undefined {
    const parts = readWordLevel(json);
    if (
      !parts ||
      !sameJson(parts.preTokenizer, preTokenizer) ||
      !sameJson(parts.decoder, decoder)
    ) {
      return undefined;
    }
    const { vocabulary, unknownToken } = parts;
    if (vocabulary.at(-1) !== unknownToken) return new CharTokenizer(vocabulary);
    return new CharTokenizer(vocabulary.slice(0, -1), { unknownToken });
  }

  encode(text: string): Uint32Array {
    const ids = new Uint32Array(text.length); // as many as UTF-16 units: never too short
    const unknownId = this.#unknownToken === undefined ? absent : this.#characters.length;
    let length = 0;
    for (let at = 0; at < text.length;) {
      const codePoint = text.codePointAt(at)!;
      let id = codePoint < this.#ids.length ? this.#ids[codePoint] : absent;
      if (id === absent) id = unknownId;
      if (id === absent) throw unknownCharacter(codePoint, at);
      ids[length++] = id;
      at += codePoint > 0xffff ? 2 : 1;
    }
    return length === ids.length ? ids : ids.slice(0, length);
  }

  decode(ids: ArrayLike<number>): string {
    let text = "";
    for (let i = 0; i < ids.length; i++) text += this.#piece(ids[i]);
    return text;
  }

  cutPoint(text: string): number {
    return endsInHalfPair(text) ? text.length - 1 : text.length;
  }

  toJson(): object {
    const unknown = this.#unknownToken;
    return writeWordLevel({
      vocabulary: unknown === undefined ? this.#characters : [...this.#characters, unknown],
      unknownToken: unknown ?? noUnknownToken,
      preTokenizer,
      decoder,
    });
  }

  #piece(id: number): string {
    const piece = id === this.#characters.length ? this.#unknownToken : this.#characters[id];
    if (piece !== undefined) return piece;
    throw new UserError(
      `decode: expected token ids from 0 to ${this.vocabSize - 1}, got ${id}. ` +
        `Use the tokenizer that the model was trained with.`,
    );
  }
}

/** Collects distinct characters from pieces that may split one. */
class CharacterSet {
  readonly #seen = new Uint8Array(numCodePoints);
  #half = "";

  add(piece: string): void {
    const text = this.#half + piece;
    const end = endsInHalfPair(text) ? text.length - 1 : text.length;
    for (let at = 0; at < end;) {
      const codePoint = text.codePointAt(at)!;
      if (isSurrogate(codePoint)) throw halfCharacter(codePoint);
      this.#seen[codePoint] = 1;
      at += codePoint > 0xffff ? 2 : 1;
    }
    this.#half = text.slice(end);
  }

  sorted(): string[] {
    if (this.#half) throw halfCharacter(this.#half.charCodeAt(0));
    const characters: string[] = [];
    for (let next = this.#seen.indexOf(1); next !== -1; next = this.#seen.indexOf(1, next + 1)) {
      characters.push(String.fromCodePoint(next));
    }
    return characters;
  }
}

/** Ids by code point, up to the largest in use. */
function idTable(characters: readonly string[]): Int32Array {
  const codePoints = characters.map(codePointOf);
  const largest = codePoints.reduce((a, b) => Math.max(a, b), -1);
  const ids = new Int32Array(largest + 1).fill(absent);
  codePoints.forEach((codePoint, id) => {
    if (ids[codePoint] !== absent) {
      throw new UserError(
        `character vocabulary: expected distinct characters, got ${describeCodePoint(codePoint)} twice. Keep one.`,
      );
    }
    ids[codePoint] = id;
  });
  return ids;
}

function codePointOf(character: string): number {
  const codePoint = character.codePointAt(0);
  if (codePoint === undefined || character !== String.fromCodePoint(codePoint)) {
    throw new UserError(
      `character vocabulary: expected single characters, got ${JSON.stringify(character)}. ` +
        `Use the tokenizer's own tokenizer.json.`,
    );
  }
  return codePoint;
}

function unknownCharacter(codePoint: number, at: number): UnknownTextError {
  const advice = "Train the tokenizer on text that has it, or give it an unknown token.";
  return new UnknownTextError(`character ${describeCodePoint(codePoint)}`, at, advice);
}

function halfCharacter(codePoint: number): UserError {
  return new UserError(
    `character vocabulary: expected well-formed text, got ${describeCodePoint(codePoint)}. ` +
      `Call toWellFormed() on the text first.`,
  );
}
