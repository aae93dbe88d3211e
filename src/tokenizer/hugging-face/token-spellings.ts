/** @file Ids to text: each token's spelling, added tokens included, and the decoders that make text of spellings. */
import { UserError } from "../../errors.ts";
import { ByteDecoder } from "../bpe/byte-decoder.ts";
import { TokenBytes } from "../bpe/token-bytes.ts";
import { describeId } from "../wrong-types.ts";
import type { AddedToken } from "./added-tokens.ts";
import { bytesOfCharacters } from "./byte-characters.ts";
import { type Decoder, decodeTokens } from "./decoders.ts";

const encoder = new TextEncoder();

/** Decodes ids. */
export class TokenSpellings {
  /** One more than the largest id. */
  readonly size: number;
  readonly #spellings: (string | undefined)[];
  readonly #special = new Set<number>();
  readonly #decoders: readonly Decoder[];
  #bytes: ByteDecoder | undefined;

  constructor(
    spellings: readonly (string | undefined)[],
    addedTokens: readonly AddedToken[],
    decoders: readonly Decoder[],
  ) {
    this.#spellings = [...spellings];
    for (const { id, content, isSpecial } of addedTokens) {
      while (this.#spellings.length < id) this.#spellings.push(undefined);
      this.#spellings[id] = content;
      if (isSpecial) this.#special.add(id);
    }
    this.#decoders = decoders;
    this.size = this.#spellings.length;
  }

  /** Whether all that decoding does is to join bytes, so that a token's text does not depend on its neighbours. */
  get isByteLevel(): boolean {
    return this.#decoders.length === 1 && this.#decoders[0].isByteLevel === true;
  }

  /** The token's spelling; throws for an unknown id. */
  of(id: number): string {
    const spelling = this.#spellings[id];
    if (spelling !== undefined && typeof id === "number") return spelling;
    throw new UserError(
      `decode: expected token ids of the vocabulary, below ${this.size}, got ${describeId(id)}. ` +
        `Use the tokenizer that made the ids.`,
    );
  }

  isSpecial(id: number): boolean {
    return this.#special.has(id);
  }

  /** Text of the ids. */
  decode(ids: ArrayLike<number>): string {
    if (this.isByteLevel) return this.#byteDecoder.decode(ids);
    return decodeTokens(
      Array.from(ids, (id) => this.of(id)),
      this.#decoders,
    );
  }

  /** The bytes that the token adds to a text, if it is not the first. */
  bytesOf(id: number): Uint8Array {
    if (this.isByteLevel) return this.#byteDecoder.decodeBytes([id]);
    let spelling = this.of(id);
    for (const { byteOf, inside } of this.#decoders) {
      const byte = byteOf?.(spelling);
      if (byte !== undefined) return Uint8Array.of(byte);
      spelling = inside?.(spelling) ?? spelling;
    }
    return encoder.encode(spelling);
  }

  get #byteDecoder(): ByteDecoder {
    return (this.#bytes ??= new ByteDecoder(
      TokenBytes.from(this.#spellings.map(bytesOf)),
      new Map(),
    ));
  }
}

function bytesOf(spelling: string | undefined): Uint8Array | undefined {
  if (spelling === undefined) return undefined;
  return bytesOfCharacters(spelling) ?? encoder.encode(spelling);
}
