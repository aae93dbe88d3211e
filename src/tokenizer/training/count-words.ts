/** @file Counts the words of documents, cut as the tokenizer will cut them. */
import type { Scanner } from "../bpe/scanner.ts";
import { SpecialTokens } from "../bpe/special-tokens.ts";
import { Utf8Buffer } from "../bpe/utf8-buffer.ts";
import { WordTable } from "./word-table.ts";

const chunkUnits = 1 << 16; // small enough to stay in the processor's cache

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

  /** Counts the words of a document, or of a part of one that starts and ends where a word does. */
  add(text: string): void {
    let start = 0;
    for (const special of this.#special.find(text, { allowedSpecial: "all" })) {
      this.#count(text, start, special.start);
      start = special.start + special.token.length;
    }
    this.#count(text, start, text.length);
  }

  #count(text: string, start: number, end: number): void {
    while (start < end) {
      const stop = this.#chunkEnd(text, start, end);
      const size = this.#text.write(text.slice(start, stop));
      const { bytes } = this.#text;
      for (let at = 0; at < size;) {
        const next = this.#scanner.pieceEnd(bytes, at, size);
        this.table.add(bytes, at, next);
        at = next;
      }
      start = stop;
    }
  }

  /** The end of a chunk that starts at `start`: where no word goes across, whatever follows. */
  #chunkEnd(text: string, start: number, end: number): number {
    let from = start;
    for (let size = chunkUnits; start + size < end; size *= 2) {
      const cut = this.#scanner.cutPoint(text, from, start + size);
      if (cut > from) return cut;
      from = start + size - 1;
    }
    return end;
  }
}
