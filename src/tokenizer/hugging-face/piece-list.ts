import type { PieceCutter } from "../bpe/scanner.ts";
import type { Piece } from "./pre-tokenizers.ts";

/** A scanner for pieces that are known beforehand, each of which another scanner cuts further. */
export class PieceList implements PieceCutter {
  readonly #inner: PieceCutter;
  #ends: number[] = [];
  #index = 0;

  constructor(inner: PieceCutter) {
    this.#inner = inner;
  }

  /** Sets the pieces; their text, joined. */
  load(pieces: readonly Piece[]): string {
    let end = 0;
    this.#ends = pieces.map(({ text }) => (end += utf8Length(text)));
    this.#index = 0;
    return pieces.map(({ text }) => text).join("");
  }

  pieceEnd(bytes: Uint8Array, start: number, end: number): number {
    const stop = this.#ends[this.#index] ?? end;
    const next = this.#inner.pieceEnd(bytes, start, stop);
    if (next === stop) this.#index++;
    return next;
  }

  /** None: the pieces must come in one go. */
  cutPoint(_text: string, from: number): number {
    return from;
  }
}

/** Bytes of a well-formed text in UTF-8. */
export function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair counts two of its four bytes.
    length += unit < 0x80 ? 1 : unit < 0x800 || (unit & 0xf800) === 0xd800 ? 2 : 3;
  }
  return length;
}
