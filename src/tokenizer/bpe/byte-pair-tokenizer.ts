/** @file The byte-pair tokenizer as its users see it; each of its abilities is a file beside this one. */
import type { Tokenizer } from "../tokenizer.ts";
import { requireIds, requireLimit, requireText, requireTexts } from "../wrong-types.ts";
import { ByteDecoder } from "./byte-decoder.ts";
import { byteLevelJson } from "./byte-level-json.ts";
import { decodeStream } from "./decode-stream.ts";
import { encodeStream } from "./encode-stream.ts";
import { IdWriter } from "./id-writer.ts";
import { joinedCharacters } from "./joined-characters.ts";
import type { Merges } from "./merges.ts";
import { type CharacterRange, characterRanges } from "./offsets.ts";
import type { Scanner } from "./scanner.ts";
import { type SpecialTokenOptions, SpecialTokens, withLists } from "./special-tokens.ts";
import type { TokenBytes } from "./token-bytes.ts";
import { WordEncoder } from "./word-encoder.ts";
import { WordKernel } from "./word-kernel.ts";

export interface BytePairParts {
  /** What messages call it, such as `o200k_base`. */
  readonly name: string;
  /** Ordinary tokens; every single byte must be one. */
  readonly tokens: TokenBytes;
  readonly merges: Merges;
  readonly scanner: Scanner;
  /** Whether a piece that is a token is that token, even if no merges lead there; true by default, as in tiktoken. */
  readonly takesWholePieces?: boolean;
  readonly specialTokens?: ReadonlyMap<string, number>;
}

const unlimited = Infinity;

/** Byte-level byte-pair encoding: any text can be encoded, and decoding gives it back. */
export class BytePairTokenizer implements Tokenizer {
  readonly name: string;
  readonly vocabSize: number;
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly parts: BytePairParts;
  readonly #special: SpecialTokens;
  readonly #writer: IdWriter;
  #lazyDecoder: ByteDecoder | undefined;

  constructor(parts: BytePairParts) {
    const { name, tokens, scanner } = parts;
    this.parts = parts;
    this.name = name;
    this.specialTokens = parts.specialTokens ?? new Map();
    this.vocabSize = Math.max(tokens.size, ...[...this.specialTokens.values()].map((id) => id + 1));
    this.#special = new SpecialTokens(this.specialTokens);
    this.#writer = new IdWriter(scanner, WordKernel.for(parts) ?? wordEncoder(parts));
  }

  /** Ids of the text; a special token in it is an error unless the options say otherwise. */
  encode(text: string, options: SpecialTokenOptions = {}): Uint32Array {
    this.#encode(text, options, unlimited);
    return this.#writer.take();
  }

  /** Ids of each text. */
  encodeBatch(texts: readonly string[], options: SpecialTokenOptions = {}): Uint32Array[] {
    requireTexts(texts);
    const listed = withLists(options);
    return texts.map((text) => this.encode(text, listed));
  }

  /** The number of tokens; special tokens that are not allowed count as the ordinary text that they look like. */
  countTokens(text: string, options: SpecialTokenOptions = {}): number {
    this.#encode(text, { disallowedSpecial: [], ...options }, unlimited);
    return this.#writer.length;
  }

  /** The number of tokens if it is at most `limit`, else false; reads little more of the text than `limit` tokens. */
  isWithinLimit(text: string, limit: number, options: SpecialTokenOptions = {}): number | false {
    requireLimit(limit);
    this.#encode(text, { disallowedSpecial: [], ...options }, limit);
    return this.#writer.length <= limit ? this.#writer.length : false;
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
    const listed = withLists(options);
    const encoder = {
      encode: (text: string) => this.encode(text, listed),
      cutPointAfter: (text: string, from: number) => this.cutPointAfter(text, from),
    };
    return encodeStream(encoder, pieces);
  }

  /** Text of the ids; bytes that are no UTF-8 become U+FFFD. */
  decode(ids: ArrayLike<number>): string {
    requireIds(ids);
    return this.#decoder.decode(ids);
  }

  /** Bytes of the ids. */
  decodeBytes(ids: ArrayLike<number>): Uint8Array {
    requireIds(ids);
    return this.#decoder.decodeBytes(ids);
  }

  /** Text of ids that arrive one by one; a character comes when all of its bytes are there. */
  decodeStream(ids: Iterable<number>): Generator<string>;
  decodeStream(ids: AsyncIterable<number>): AsyncGenerator<string>;
  decodeStream(
    ids: Iterable<number> | AsyncIterable<number>,
  ): Generator<string> | AsyncGenerator<string> {
    return decodeStream((id) => this.tokenBytes(id), ids);
  }

  /** For each token of the text where it is, in UTF-16 units; a token that holds a part of a character has all of it. */
  offsets(text: string, options: SpecialTokenOptions = {}): CharacterRange[] {
    return characterRanges(text, this.encode(text, options), (id) => this.#decoder.lengthOf(id));
  }

  /** A copy of the token's bytes. */
  tokenBytes(id: number): Uint8Array {
    return this.#decoder.decodeBytes([id]);
  }

  cutPoint(text: string): number {
    return this.cutPointAfter(text, 0);
  }

  /** The last cut point behind `from`, or `from` if there is none; `from` must be 0 or where no cut was possible before. */
  cutPointAfter(text: string, from: number): number {
    let at = text.length;
    do at = this.parts.scanner.cutPoint(text, from, at);
    while (at > from && this.#special.isAcross(text, at));
    return at;
  }

  toJson(): object {
    return byteLevelJson(this.parts);
  }

  /** Made when it is first needed, for those who only count. */
  get #decoder(): ByteDecoder {
    this.#lazyDecoder ??= new ByteDecoder(this.parts.tokens, this.specialTokens);
    return this.#lazyDecoder;
  }

  /** Fills `#writer` with the text's ids, and stops soon after `limit` of them. */
  #encode(text: string, options: SpecialTokenOptions, limit: number): void {
    requireText(text);
    const writer = this.#writer;
    writer.clear();
    let start = 0;
    for (const special of this.#special.find(text, options)) {
      writer.write(text, start, special.start, limit);
      if (writer.length > limit) return;
      writer.push(this.specialTokens.get(special.token) ?? 0);
      start = special.start + special.token.length;
    }
    writer.write(text, start, text.length, limit);
  }
}

function wordEncoder(parts: BytePairParts): WordEncoder {
  const { tokens, scanner, merges, takesWholePieces = true } = parts;
  const wholePieces = takesWholePieces ? tokens : undefined;
  return new WordEncoder({
    scanner,
    merges,
    wholePieces,
    symbolsOf: joinedCharacters(tokens, merges),
  });
}
