/** @file Which parts of a rendered conversation are the assistant's, so that a model learns from these only. */
import { UserError } from "../../errors.ts";
import type { ChatMessage } from "./chat-message.ts";
import { type ChatTemplate, placeMark, type RenderOptions } from "./chat-template.ts";
import { messagePlace, type Range, rendered } from "./message-place.ts";

/**
 * Ranges of `text`, which the template made of the messages, in UTF-16 units. Where the template does not mark them, each reaches from behind
 * the prompt for the assistant's message to the token that ends it, whatever the template makes of that message once others follow;
 * `specialTokens` tell which token that is.
 */
export function assistantRanges(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: RenderOptions,
  specialTokens: Iterable<string>,
): Range[] {
  const { text, generated } = template.render(messages, options);
  if (generated) return [...generated];
  if (text.includes(placeMark)) throw notPlain();
  const turns = new AssistantTurns(template, messages, options, text, [...specialTokens]);
  return messages.flatMap(({ role }, i) => (role === "assistant" ? [turns.rangeOf(i)] : []));
}

class AssistantTurns {
  readonly #template: ChatTemplate;
  readonly #messages: readonly ChatMessage[];
  readonly #options: RenderOptions;
  readonly #text: string;
  /** What the template puts before an answer, and the token that it puts behind. */
  readonly #prompt: string;
  readonly #closing: string | undefined;

  constructor(
    template: ChatTemplate,
    messages: readonly ChatMessage[],
    options: RenderOptions,
    text: string,
    specialTokens: readonly string[],
  ) {
    this.#template = template;
    this.#messages = messages;
    this.#options = options;
    this.#text = text;
    this.#prompt = promptOf(template, options);
    this.#closing = closingToken(template, options, specialTokens);
  }

  rangeOf(index: number): Range {
    const place = this.#placeOf(index);
    if (!place) throw notFound(index);
    return [this.#startOf(index, place), this.#endOf(index, place)];
  }

  #placeOf(index: number): Range | undefined {
    return messagePlace(this.#template, this.#messages, index, this.#options, this.#text);
  }

  /** Behind the prompt: the messages before, with the prompt, are how the text starts; if not, what is before the answer is looked at. */
  #startOf(index: number, [placeStart]: Range): number {
    const options = { ...this.#options, addGenerationPrompt: true };
    const before =
      index > 0 ? rendered(this.#template, this.#messages.slice(0, index), options) : undefined;
    if (before !== undefined && this.#text.startsWith(before)) return before.length;
    const prompt = this.#text.lastIndexOf(this.#prompt, placeStart - this.#prompt.length);
    const previous = index > 0 ? (this.#placeOf(index - 1)?.[1] ?? placeStart) : 0;
    return prompt >= previous ? prompt + this.#prompt.length : placeStart;
  }

  /** Behind the token that ends the turn, if it comes before the next message. */
  #endOf(index: number, [, placeEnd]: Range): number {
    const closing = this.#closing;
    const at = closing === undefined ? -1 : this.#text.indexOf(closing, placeEnd);
    if (closing === undefined || at === -1) return placeEnd;
    const isLast = index + 1 === this.#messages.length;
    const next = isLast ? this.#text.length : (this.#placeOf(index + 1)?.[0] ?? placeEnd);
    return at < next ? at + closing.length : placeEnd;
  }
}

const question: ChatMessage = { role: "user", content: "?" };

function promptOf(template: ChatTemplate, options: RenderOptions): string {
  const without = rendered(template, [question], { ...options, addGenerationPrompt: false });
  const prompted = rendered(template, [question], { ...options, addGenerationPrompt: true });
  return without !== undefined && prompted?.startsWith(without)
    ? prompted.slice(without.length)
    : "";
}

/** The special token that comes next behind an answer, after white space at most. */
function closingToken(
  template: ChatTemplate,
  options: RenderOptions,
  specialTokens: readonly string[],
): string | undefined {
  const answer: ChatMessage = { role: "assistant", content: placeMark };
  const text = rendered(template, [question, answer], { ...options, addGenerationPrompt: false });
  const rest = text?.split(placeMark).at(-1)?.trimStart() ?? "";
  const found = specialTokens.filter((token) => token !== "" && rest.startsWith(token));
  return found.sort((a, b) => b.length - a.length)[0];
}

function notPlain(): UserError {
  return new UserError(
    "assistant mask: expected text without U+FDD2, which is no character, got one. Remove it.",
  );
}

function notFound(index: number): UserError {
  return new UserError(
    `assistant mask: expected a template that shows what the assistant says, got none of message ${index + 1}. ` +
      `Mark the assistant's part with {% generation %} in the template.`,
  );
}
