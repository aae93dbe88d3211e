/**
 * @file One piece of text to token ids: its symbols are merged. Symbols are the smallest tokens: bytes in byte-level vocabularies,
 * characters in those that stem from SentencePiece.
 */
import { mergeSymbols } from "./merge-symbols.ts";
import type { Merges } from "./merges.ts";
import type { TokenBytes } from "./token-bytes.ts";

/** Writes the ids of the symbols of `bytes[start … end)` to `symbols`, at most one for each byte; how many. */
export type SymbolsOf = (
  bytes: Uint8Array,
  start: number,
  end: number,
  symbols: Int32Array,
) => number;

export interface PieceEncoderOptions {
  readonly symbolsOf: SymbolsOf;
  readonly merges: Merges;
  /** Tokens that a piece is as a whole, even if no merges lead there. */
  readonly wholePieces?: TokenBytes | undefined;
}

/** Encodes pieces one by one. */
export class PieceEncoder {
  readonly #symbolsOf: SymbolsOf;
  readonly #merges: Merges;
  readonly #wholePieces: TokenBytes | undefined;
  #symbols = new Int32Array(256);

  constructor({ symbolsOf, merges, wholePieces }: PieceEncoderOptions) {
    this.#symbolsOf = symbolsOf;
    this.#merges = merges;
    this.#wholePieces = wholePieces;
  }

  /** Writes the ids of `bytes[start … end)` to `ids` from `length` on, and returns the new length. */
  encode(bytes: Uint8Array, start: number, end: number, ids: Uint32Array, length: number): number {
    const whole = this.#wholePieces?.find(bytes, start, end) ?? -1;
    if (whole >= 0) {
      ids[length] = whole;
      return length + 1;
    }
    const size = end - start;
    if (this.#symbols.length < size) this.#symbols = new Int32Array(2 * size);
    const symbols = this.#symbols;
    const count = mergeSymbols(symbols, this.#symbolsOf(bytes, start, end, symbols), this.#merges);
    for (let i = 0; i < count; i++) ids[length + i] = symbols[i];
    return length + count;
  }
}

/** Every byte is a symbol; every single byte must be a token. */
export function byteSymbols(tokens: TokenBytes): SymbolsOf {
  const byteIds = tokens.byteIds();
  return (bytes, start, end, symbols) => {
    const size = end - start;
    for (let i = 0; i < size; i++) symbols[i] = byteIds[bytes[start + i]];
    return size;
  };
}
