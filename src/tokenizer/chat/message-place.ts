/**
 * @file Where a message is in a rendered conversation, found by rendering it once more with a mark in the message's place: so it is known
 * whatever the template makes of the other messages.
 */
import { UserError } from "../../errors.ts";
import type { ChatMessage, ToolCall } from "./chat-message.ts";
import { type ChatTemplate, placeMark, type RenderOptions } from "./chat-template.ts";

export type Range = readonly [start: number, end: number];

/** The range of `text`, which the template made of the messages, that changes with the message at `index`; `undefined` if none is to be found. */
export function messagePlace(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  index: number,
  options: RenderOptions,
  text: string,
): Range | undefined {
  for (const standIn of standInsFor(messages[index])) {
    const marked = rendered(template, messages.with(index, standIn), options);
    if (!marked?.includes(placeMark)) continue;
    const start = commonStart(text, marked.slice(0, marked.indexOf(placeMark)));
    const rest = marked.slice(marked.lastIndexOf(placeMark) + placeMark.length);
    if (text.endsWith(rest) && start + rest.length <= text.length) {
      return [start, text.length - rest.length];
    }
  }
  return undefined;
}

/** The text of the messages, or nothing if the template refuses them. */
export function rendered(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: RenderOptions,
): string | undefined {
  try {
    return template.render(messages, options).text;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** The message with a mark for all that it says; the second one keeps its calls, for templates that count them. */
function standInsFor(message: ChatMessage): ChatMessage[] {
  const { role, tool_calls: calls } = message;
  const plain = { role, content: placeMark };
  return calls ? [plain, { ...message, tool_calls: calls.map(marked) }] : [plain];
}

function marked(call: ToolCall): ToolCall {
  const isText = typeof call.function.arguments === "string";
  const given = isText ? placeMark : { [placeMark]: placeMark };
  return { ...call, function: { ...call.function, name: placeMark, arguments: given } };
}

function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++;
  return length;
}
