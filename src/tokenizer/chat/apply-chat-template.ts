import { UserError } from "../../errors.ts";
import type { HuggingFaceTokenizer } from "../hugging-face/hugging-face-tokenizer.ts";
import { assistantRanges } from "./assistant-ranges.ts";
import type { ChatMessage } from "./chat-message.ts";
import { ChatTemplate, type RenderOptions } from "./chat-template.ts";

export interface ApplyChatTemplateOptions extends RenderOptions {
  /** The name of one of the tokenizer's templates; by default `tool_use` if there are tools and it is there, else `default`. */
  readonly templateName?: string;
  /** The source of a template that goes before the tokenizer's own. */
  readonly template?: string;
  /** Whether `assistantMask` is wanted (default: false). */
  readonly masksAssistant?: boolean;
}

/** A conversation as a model sees it. */
export interface EncodedChat {
  readonly text: string;
  readonly ids: Uint32Array;
  /** For each id 1 if it is the assistant's, else 0; for training on answers only. */
  readonly assistantMask?: Uint8Array;
}

/**
 * Text and ids of the messages, by the tokenizer's own chat template.
 *
 * @example
 * const { ids } = await applyChatTemplate(tokenizer, [{ role: "user", content: "Hi" }], { addGenerationPrompt: true });
 */
export async function applyChatTemplate(
  tokenizer: HuggingFaceTokenizer,
  messages: readonly ChatMessage[],
  options: ApplyChatTemplateOptions = {},
): Promise<EncodedChat> {
  const template = await loadChatTemplate(tokenizer, options);
  const { text } = template.render(messages, options);
  const bare = { addSpecialTokens: false }; // the template has put them there
  const ids = tokenizer.encode(text, bare);
  if (!options.masksAssistant) return { text, ids };
  const names = tokenizer.specialTokens.keys();
  const ranges = assistantRanges(template, messages, options, names);
  return { text, ids, assistantMask: maskOf(tokenizer.offsets(text, bare), ranges) };
}

/** The tokenizer's chat template, to be rendered more than once. */
export async function loadChatTemplate(
  { config }: HuggingFaceTokenizer,
  { templateName, template, tools }: ApplyChatTemplateOptions = {},
): Promise<ChatTemplate> {
  const templates = config?.chatTemplates ?? new Map<string, string>();
  const fallback = tools && templates.has("tool_use") ? "tool_use" : "default";
  const name = templateName ?? fallback;
  const source = template ?? templates.get(name);
  if (source === undefined) {
    const names = [...templates.keys()].join(", ") || "none";
    throw new UserError(
      `chat template: expected a tokenizer with the template ${JSON.stringify(name)}, got ${names}. ` +
        `Pass a template, or load the tokenizer with its tokenizer_config.json.`,
    );
  }
  return ChatTemplate.from(source, config?.specialTokens ?? {});
}

type Range = readonly [start: number, end: number];

/** 1 for tokens that share a character with a range; both lists are in order. */
function maskOf(tokens: readonly Range[], ranges: readonly Range[]): Uint8Array {
  const mask = new Uint8Array(tokens.length);
  let index = 0;
  tokens.forEach(([start, end], i) => {
    while (index < ranges.length && ranges[index][1] <= start) index++;
    if (index < ranges.length && end > ranges[index][0]) mask[i] = 1;
  });
  return mask;
}
