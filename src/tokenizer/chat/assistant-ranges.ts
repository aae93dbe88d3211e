/** @file Which parts of a rendered conversation are the assistant's, so that a model learns from these only. */
import { UserError } from "../../errors.ts";
import type { ChatMessage } from "./chat-message.ts";
import type { ChatTemplate, RenderOptions } from "./chat-template.ts";

type Range = readonly [start: number, end: number];

/**
 * Ranges of `text`, which the template made of the messages, in UTF-16 units. Where the template does not mark them, each is what the
 * assistant's message adds to the messages before it and the prompt to answer them; `specialTokens` tell where it ends.
 */
export function assistantRanges(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: RenderOptions,
  specialTokens: Iterable<string>,
): Range[] {
  const { text, generated } = template.render(messages, options);
  if (generated) return [...generated];
  const names = [...specialTokens];
  return messages.flatMap((message, i) => {
    if (message.role !== "assistant") return [];
    const before = { ...options, addGenerationPrompt: true };
    const start = prefixLength(text, i, () => template.render(messages.slice(0, i), before).text);
    const after = { ...options, addGenerationPrompt: false };
    const end = prefixLength(text, i, () => template.render(messages.slice(0, i + 1), after).text);
    return [[start, endOfTurn(text, start, end, names)] as const];
  });
}

/** The length of a text that must be how `text` starts. */
function prefixLength(text: string, index: number, render: () => string): number {
  const prefix = index === 0 ? "" : render();
  if (text.startsWith(prefix)) return prefix.length;
  throw new UserError(
    `assistant mask: expected a template that renders the first messages as it does in the whole conversation, got another text ` +
      `for message ${index + 1}. Mark the assistant's part with {% generation %} in the template, or end the conversation there.`,
  );
}

/** White space after the token that ends the turn is the template's, not the assistant's. */
function endOfTurn(text: string, start: number, end: number, names: readonly string[]): number {
  const answer = text.slice(start, end);
  const trimmed = answer.trimEnd();
  return names.some((name) => trimmed.endsWith(name)) ? start + trimmed.length : end;
}
