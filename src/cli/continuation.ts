/** @file Text from ids that come one by one: what a later id may still change is held back. */
import type { Tokenizer } from "../tokenizer/index.ts";

/** What stands for bytes that are no whole character yet. */
const unfinished = /\ufffd+$/;

export class Continuation {
  readonly #tokenizer: Tokenizer;
  readonly #ids: number[] = [];
  #text = "";

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  get numTokens(): number {
    return this.#ids.length;
  }

  /** What has been given out so far. */
  get text(): string {
    return this.#text;
  }

  /** The text that `id` adds, possibly none. */
  add(id: number): string {
    this.#ids.push(id);
    return this.#giveOut(this.#tokenizer.decode(this.#ids).replace(unfinished, ""));
  }

  /** What was held back. */
  end(): string {
    return this.#giveOut(this.#tokenizer.decode(this.#ids));
  }

  #giveOut(text: string): string {
    const added = text.slice(this.#text.length);
    this.#text += added;
    return added;
  }
}
