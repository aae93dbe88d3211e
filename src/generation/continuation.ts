/** @file Text from ids that come one by one: what a later id may still change is held back. */
import { UserError } from "../errors.ts";
import type { Tokenizer } from "../tokenizer/index.ts";

/** Stands for bytes that are no whole character yet. */
const unfinished = "\ufffd";

/** What is still unfinished after so many tokens is no text: it is given out as it is. */
const mostPending = 16;

export class Continuation {
  readonly #tokenizer: Tokenizer;
  /** Ids that were given out last, and their text alone: what follows may depend on them, as a space does. */
  #context: readonly number[] = [];
  #contextText = "";
  #pending: number[] = [];
  #text = "";
  #numTokens = 0;

  /** Goes on from `prompt`, which has at least one id. */
  constructor(tokenizer: Tokenizer, prompt: ArrayLike<number>) {
    this.#tokenizer = tokenizer;
    const last = prompt[prompt.length - 1];
    const text = this.#textOf(last);
    if (text !== undefined) [this.#context, this.#contextText] = [[last], text];
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
    const alone = this.#textOf(id);
    if (alone === undefined) return "";
    this.#pending.push(id);
    const added = this.#added();
    return added.endsWith(unfinished) && this.#pending.length < mostPending
      ? ""
      : this.#giveOut(added, alone);
  }

  /** What was held back. */
  end(): string {
    return this.#giveOut(this.#added(), this.#tokenizer.decode(this.#pending));
  }

  /** The text of a token alone. A model may have more ids than the tokenizer has tokens, for a round number: such an id has none. */
  #textOf(id: number): string | undefined {
    try {
      return this.#tokenizer.decode([id]);
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
  }

  #added(): string {
    const { length } = this.#contextText;
    return this.#tokenizer.decode([...this.#context, ...this.#pending]).slice(length);
  }

  /** `last` is the text of the pending id alone, if there is one. */
  #giveOut(added: string, last: string): string {
    if (this.#pending.length > 0) {
      this.#contextText = this.#pending.length === 1 ? last : this.#tokenizer.decode(this.#pending);
      this.#context = this.#pending;
    }
    this.#pending = [];
    this.#text += added;
    return added;
  }
}
