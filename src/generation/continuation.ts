/** @file Text from ids that come one by one: what a later id may still change is held back. */
import { UserError } from "../errors.ts";
import type { Tokenizer } from "../tokenizer/index.ts";

/** Stands for bytes that are no whole character yet. */
const unfinished = "\ufffd";

/** What is still unfinished after so many tokens is no text: it is given out as it is. */
const mostPending = 16;

export class Continuation {
  readonly #tokenizer: Tokenizer;
  /** Ids that were given out last: what follows may depend on them, as a space does. */
  #context: readonly number[];
  #pending: number[] = [];
  #text = "";
  #numTokens = 0;

  /** Goes on from `prompt`, which has at least one id. */
  constructor(tokenizer: Tokenizer, prompt: ArrayLike<number>) {
    this.#tokenizer = tokenizer;
    const last = prompt[prompt.length - 1];
    this.#context = this.#isToken(last) ? [last] : [];
  }

  get numTokens(): number {
    return this.#numTokens;
  }

  /** What has been given out so far. */
  get text(): string {
    return this.#text;
  }

  /** The text that `id` adds, possibly none. */
  add(id: number): string {
    this.#numTokens++;
    if (!this.#isToken(id)) return "";
    this.#pending.push(id);
    const added = this.#added();
    return added.endsWith(unfinished) && this.#pending.length < mostPending
      ? ""
      : this.#giveOut(added);
  }

  /** What was held back. */
  end(): string {
    return this.#giveOut(this.#added());
  }

  /** A model may have more ids than the tokenizer has tokens, for the sake of a round number: such an id is no text. */
  #isToken(id: number): boolean {
    try {
      this.#tokenizer.decode([id]);
      return true;
    } catch (error) {
      if (error instanceof UserError) return false;
      throw error;
    }
  }

  #added(): string {
    const before = this.#tokenizer.decode(this.#context);
    return this.#tokenizer.decode([...this.#context, ...this.#pending]).slice(before.length);
  }

  #giveOut(added: string): string {
    if (this.#pending.length > 0) this.#context = this.#pending;
    this.#pending = [];
    this.#text += added;
    return added;
  }
}
