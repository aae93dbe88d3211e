/** @file A tokenizer as Hugging Face publishes it, id for id; `BytePairTokenizer` has the same abilities under the same names. */
import { encodeStream, type StreamEncoder } from "../bpe/encode-stream.ts";
import type { CharacterRange } from "../bpe/offsets.ts";
import { type SpecialTokenOptions, SpecialTokens, withLists } from "../bpe/special-tokens.ts";
import type { Tokenizer } from "../tokenizer.ts";
import { UnknownTextError } from "../unknown-text-error.ts";
import { requireIds, requireLimit, requireText, requireTexts } from "../wrong-types.ts";
import type { AddedToken } from "./added-tokens.ts";
import { normalize, type Normalizer, withPlacesToCut } from "./normalizers.ts";
import { type HuggingFaceParts, readParts } from "./parts.ts";
import { SectionEncoder } from "./section-encoder.ts";
import { type Section, SectionCutter, type SectionOptions } from "./sections.ts";
import { spellingStream } from "./spelling-stream.ts";
import { tokenRanges } from "./token-ranges.ts";
import { TokenSpellings } from "./token-spellings.ts";
import type { TokenizerConfig } from "./tokenizer-config.ts";
import { writeParts } from "./write-tokenizer-json.ts";

export interface HuggingFaceDecodeOptions {
  /** Whether special tokens are left out (default: false). */
  readonly skipSpecialTokens?: boolean;
}

const unlimited = Infinity;
const none: ReadonlySet<string> = new Set();
const halfPair = /\p{Surrogate}/gu; // alone: pairs are characters to a `u` expression

/** Byte-pair encoding with the normalizer, pre-tokenizer, added tokens, post-processor and decoder of a `tokenizer.json`. */
export class HuggingFaceTokenizer implements Tokenizer {
  /** One more than the largest id. */
  readonly vocabSize: number;
  /** Special tokens, with their ids. */
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly parts: HuggingFaceParts;
  readonly #cutter: SectionCutter;
  readonly #encoder: SectionEncoder;
  readonly #spellings: TokenSpellings;
  readonly #continued: Normalizer;
  readonly #canCut: boolean;
  readonly #special: SpecialTokens;

  constructor(parts: HuggingFaceParts) {
    const { model, normalizer, preTokenization, decoders, addedTokens } = parts;
    this.parts = parts;
    this.specialTokens = new Map(
      addedTokens.filter(({ isSpecial }) => isSpecial).map(({ content, id }) => [content, id]),
    );
    this.#special = new SpecialTokens(this.specialTokens);
    this.#continued = normalizer.filter(({ isAtStart }) => !isAtStart);
    const { isByteLevel } = preTokenization;
    // Between any two characters, as vocabularies of characters are cut, there may be one that composes with the one before.
    const composes = this.#continued.some(({ keepsClasses }) => keepsClasses);
    const isChanged = (token: AddedToken) => token.isNormalized && normalizer.length > 0;
    this.#canCut =
      (isByteLevel || !composes) &&
      !addedTokens.some((token) => looksAround(token) || isChanged(token));
    const edit = this.#continued[0];
    // What the normalizer has replaced, the pre-tokenizer looks for in vain.
    const steps = preTokenization.steps.filter(
      ({ needs }) => needs === undefined || needs !== edit?.from || normalizer.at(-1) !== edit,
    );
    this.#cutter = new SectionCutter(normalizer, addedTokens);
    this.#encoder = new SectionEncoder({ model, steps, isByteLevel });
    // A token that is looked for in normalized text is normalized in what is decoded, too.
    const decoded = addedTokens.map((token) =>
      token.isNormalized ? { ...token, content: normalize(token.content, normalizer) } : token,
    );
    this.#spellings = new TokenSpellings(model.spellings, decoded, decoders);
    this.vocabSize = this.#spellings.size;
  }

  /**
   * From the content of `tokenizer.json`, and of `tokenizer_config.json` where there is one; throws for what is not supported.
   */
  static fromJson(json: unknown, config?: TokenizerConfig): HuggingFaceTokenizer {
    return new HuggingFaceTokenizer(readParts(json, config));
  }

  /** What `tokenizer_config.json` says, if it was there. */
  get config(): TokenizerConfig | undefined {
    return this.parts.config;
  }

  /**
   * Ids of the text, with those that the model wants around it. Special tokens in the text become their ids unless the options say
   * which may, or which may not; `disallowedSpecial: []` makes all of them ordinary text, as text from strangers should be.
   */
  encode(text: string, options: SpecialTokenOptions = {}): Uint32Array {
    this.#encode(text, options, unlimited);
    return this.#encoder.writer.take();
  }

  /** Ids of each text. */
  encodeBatch(texts: readonly string[], options: SpecialTokenOptions = {}): Uint32Array[] {
    requireTexts(texts);
    const listed = withLists(options);
    return texts.map((text) => this.encode(text, listed));
  }

  /** The number of ids that `encode` gives. */
  countTokens(text: string, options: SpecialTokenOptions = {}): number {
    this.#encode(text, options, unlimited);
    return this.#encoder.writer.length;
  }

  /** The number of ids if it is at most `limit`, else false; reads little more of the text than `limit` ids. */
  isWithinLimit(text: string, limit: number, options: SpecialTokenOptions = {}): number | false {
    requireLimit(limit);
    this.#encode(text, options, limit);
    const { length } = this.#encoder.writer;
    return length <= limit ? length : false;
  }

  /** Ids of a text that arrives in pieces, in pieces: joined, they are those of the whole text. */
  encodeStream(pieces: Iterable<string>, options?: SpecialTokenOptions): Generator<Uint32Array>;
  encodeStream(
    pieces: AsyncIterable<string>,
    options?: SpecialTokenOptions,
  ): AsyncGenerator<Uint32Array>;
  encodeStream(
    pieces: Iterable<string> | AsyncIterable<string>,
    options: SpecialTokenOptions = {},
  ): Generator<Uint32Array> | AsyncGenerator<Uint32Array> {
    return encodeStream(this.#streamEncoder(withLists(options)), pieces);
  }

  /** Text of the ids. Spaces are left as they are, whatever `clean_up_tokenization_spaces` says, as transformers does for byte pairs. */
  decode(
    ids: ArrayLike<number>,
    { skipSpecialTokens = false }: HuggingFaceDecodeOptions = {},
  ): string {
    requireIds(ids);
    return this.#spellings.decode(
      skipSpecialTokens ? Array.from(ids).filter((id) => !this.#spellings.isSpecial(id)) : ids,
    );
  }

  /** Text of ids that arrive one by one; a character comes when all of its bytes are there. */
  decodeStream(ids: Iterable<number>, options?: HuggingFaceDecodeOptions): Generator<string>;
  decodeStream(
    ids: AsyncIterable<number>,
    options?: HuggingFaceDecodeOptions,
  ): AsyncGenerator<string>;
  decodeStream(
    ids: Iterable<number> | AsyncIterable<number>,
    { skipSpecialTokens = false }: HuggingFaceDecodeOptions = {},
  ): Generator<string> | AsyncGenerator<string> {
    return spellingStream(this.#spellings, ids, skipSpecialTokens);
  }

  /** For each token of the text where it is, in UTF-16 units; ids around the text have the empty range at its start or end. */
  offsets(text: string, options: SpecialTokenOptions = {}): CharacterRange[] {
    const { before, after } = this.parts.surroundings;
    const { addSpecialTokens = true } = options;
    const wellFormed = this.#checked(text);
    const skipped = this.#skipped(text, options);
    const sections = [...this.#cutter.cut(wellFormed, { skipped, isContinued: false })];
    const ranges = sections.flatMap((section) => tokenRanges(wellFormed, section, this.#encoder));
    if (!addSpecialTokens) return ranges;
    const start: CharacterRange = [0, 0];
    const end: CharacterRange = [text.length, text.length];
    return [...before.map(() => start), ...ranges, ...after.map(() => end)];
  }

  /** The bytes that the token adds to a text, if it is not the first of it. */
  tokenBytes(id: number): Uint8Array {
    return this.#spellings.bytesOf(id);
  }

  cutPoint(text: string): number {
    const changesStart = this.parts.normalizer.some(({ isAtStart }) => isAtStart);
    return changesStart ? 0 : this.cutPointAfter(text, 0);
  }

  /** Content of a `tokenizer.json` that gives the same ids. */
  toJson(): object {
    return writeParts(this.parts);
  }

  /** The last cut point behind `from` for text that goes on with `isContinued`, or `from` if there is none. */
  cutPointAfter(text: string, from: number): number {
    const { cutter } = this.#encoder;
    const shape = cutter && this.#canCut ? withPlacesToCut(text, this.#continued) : undefined;
    if (!cutter || shape === undefined) return from;
    let at = text.length;
    do at = cutter.cutPoint(shape, from, at);
    while (at > from && this.#cutter.isAcross(text, at));
    return at;
  }

  #streamEncoder(options: SpecialTokenOptions): StreamEncoder {
    const { addSpecialTokens = true } = options;
    const { before, after } = this.parts.surroundings;
    const { writer } = this.#encoder;
    let isStarted = false;
    let isContinued = false;
    return {
      encode: (text, isLast) => {
        writer.clear();
        if (addSpecialTokens && !isStarted) for (const id of before) writer.push(id);
        const last = this.#write(
          this.#checked(text),
          { skipped: this.#skipped(text, options), isContinued },
          unlimited,
        );
        if (addSpecialTokens && isLast) for (const id of after) writer.push(id);
        isStarted = true;
        if (last) isContinued = last.token === undefined;
        return writer.take();
      },
      cutPointAfter: (text, from) => this.cutPointAfter(text, from),
    };
  }

  /** Fills the writer with the text's ids, and stops soon after `limit` of them. */
  #encode(text: string, options: SpecialTokenOptions, limit: number): void {
    const { addSpecialTokens = true } = options;
    const { before, after } = this.parts.surroundings;
    const { writer } = this.#encoder;
    writer.clear();
    if (addSpecialTokens) for (const id of before) writer.push(id);
    const wellFormed = this.#checked(text);
    const skipped = this.#skipped(wellFormed, options);
    this.#write(wellFormed, { skipped, isContinued: false }, limit);
    if (addSpecialTokens) for (const id of after) writer.push(id);
  }

  /** Adds the ids of the text's sections, and returns the last section. */
  #write(text: string, options: SectionOptions, limit: number): Section | undefined {
    const { writer } = this.#encoder;
    let last: Section | undefined;
    for (const section of this.#cutter.cut(text, options)) {
      if (writer.length > limit) return last;
      if (section.token) writer.push(section.token.id);
      else this.#writeSection(section, limit);
      last = section;
    }
    return last;
  }

  #writeSection({ text, isFirst, origin }: Section, limit: number): void {
    try {
      this.#encoder.write(text, isFirst, limit);
    } catch (error) {
      const offset = origin.start + origin.at;
      throw error instanceof UnknownTextError ? error.moved("encode", offset) : error;
    }
  }

  /** The special tokens that are ordinary text; throws for one in the text that is neither that nor allowed. */
  #skipped(text: string, options: SpecialTokenOptions): ReadonlySet<string> {
    const listed = withLists(options);
    const { disallowedSpecial, allowedSpecial = disallowedSpecial ? [] : "all" } = listed;
    if (allowedSpecial === "all") return none;
    const allowed = new Set(allowedSpecial);
    for (const _ of this.#special.find(text, { ...listed, allowedSpecial: allowed })) break;
    return new Set([...this.specialTokens.keys()].filter((name) => !allowed.has(name)));
  }

  #checked(text: string): string {
    requireText(text);
    return text.replace(halfPair, "\ufffd");
  }
}

/** Whether what is before or after the token in a text matters. */
function looksAround({ isSingleWord, takesSpaceBefore, takesSpaceAfter }: AddedToken): boolean {
  return isSingleWord || takesSpaceBefore || takesSpaceAfter;
}
