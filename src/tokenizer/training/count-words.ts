/** @file Counts the words of documents, cut as the tokenizer will cut them. */
import { chunkEnd } from "../bpe/chunk-end.ts";
import type { Scanner } from "../bpe/scanner.ts";
import { SpecialTokens } from "../bpe/special-tokens.ts";
import { Utf8Buffer } from "../bpe/utf8-buffer.ts";
import { WordTable } from "./word-table.ts";

export class WordCounter {
  readonly table = new WordTable();
  readonly #scanner: Scanner;
  readonly #special: SpecialTokens;
  readonly #text = new Utf8Buffer();

  /** Special tokens in the text are no words, and stand between words. */
  constructor(scanner: Scanner, specialTokens: readonly string[] = []) {
    this.#scanner = scanner;
    this.#special = new SpecialTokens(new Map(specialTokens.map((token, id) => [token, id])));
  }

  /** Counts the words of a document. */
  add(text: string): void {
    let start = 0;
    for (const special of this.#special.find(text, { allowedSpecial: "all" })) {
      this.#count(text, start, special.start);
      start = special.start + special.token.length;
    }
    this.#count(text, start, text.length);
  }

  /** Counts the words of a document that arrives in pieces; calls `afterPiece` after each. */
  async addPieces(
    pieces: Iterable<string> | AsyncIterable<string>,
    afterPiece: () => Promise<void> | undefined,
  ): Promise<void> {
    let rest = "";
    let searched = 0; // length of the rest in which there was no place to cut
    for await (const piece of pieces) {
      rest += piece;
      if (rest.length >= 2 * searched) {
        const cut = this.#lastCut(rest);
        this.add(rest.slice(0, cut));
        rest = rest.slice(cut);
        searched = cut === 0 ? rest.length : 0;
      }
      await afterPiece();
    }
    this.add(rest);
  }

  /** The last place where the text may be cut whatever follows, or 0. */
  #lastCut(text: string): number {
    let cut = text.length;
    do cut = this.#scanner.cutPoint(text, 0, cut);
    while (cut > 0 && this.#special.isAcross(text, cut));
    return cut;
  }

  #count(text: string, start: number, end: number): void {
    while (start < end) {
      const stop = chunkEnd(this.#scanner, text, start, end);
      this.#countChunk(this.#text.write(text.slice(start, stop)));
      start = stop;
    }
  }

  /** Counts the words in the first `size` bytes of `#text`. */
  #countChunk(size: number): void {
    const { table } = this;
    const scanner = this.#scanner;
    const { bytes, view } = this.#text;
    for (let at = 0; at < size;) {
      const next = scanner.pieceEnd(bytes, at, size);
      table.add(view, at, next);
      at = next;
    }
  }
}
