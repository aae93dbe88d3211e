/** @file Counts the words of a text that arrives in documents, cut as a tokenizer will cut it. */
import { WordTable } from "./word-table.ts";

/** Cuts text into the pieces that pairs are merged in. */
export type Cut = RegExp;

export class WordCounter {
  readonly table = new WordTable();
  readonly #pattern: RegExp;
  readonly #special: RegExp | undefined;
  #bytes = new Uint8Array(1 << 16);

  constructor(pattern: RegExp, specialTokens: readonly string[] = []) {
    this.#pattern = new RegExp(pattern, "gu");
    this.#special = specialTokens.length === 0 ? undefined : alternatives(specialTokens);
  }

  /** Counts the words of a document; special tokens in it are no words and stand between words. */
  add(text: string): void {
    for (const part of this.#special ? text.split(this.#special) : [text]) this.#count(part);
  }

  #count(text: string): void {
    let end = 0;
    for (const match of text.matchAll(this.#pattern)) {
      if (match.index > end) this.#countWord(text.slice(end, match.index)); // what no pattern takes
      this.#countWord(match[0]);
      end = match.index + match[0].length;
    }
    if (end < text.length) this.#countWord(text.slice(end));
  }

  #countWord(word: string): void {
    if (word === "") return;
    if (3 * word.length > this.#bytes.length) this.#bytes = new Uint8Array(3 * word.length);
    this.table.add(this.#bytes, 0, encoder.encodeInto(word, this.#bytes).written);
  }
}

const encoder = new TextEncoder();

function alternatives(texts: readonly string[]): RegExp {
  const longestFirst = [...texts].sort((a, b) => b.length - a.length);
  return new RegExp(
    longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("|"),
  );
}
