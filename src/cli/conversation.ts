/** @file A chat with a model: what was said, and what it answers. */
import { UserError } from "../errors.ts";
import { writeTexts } from "../generation/index.ts";
import type { FinishReason, TextRequest } from "../generation/index.ts";
import type { ChatMessage, Tokenizer } from "../tokenizer/index.ts";
import type { ChatFormat } from "./chat-template-option.ts";
import type { Writer } from "./open-writer.ts";

export interface ConversationParts {
  readonly writer: Writer;
  readonly tokenizer: Tokenizer;
  readonly format: ChatFormat;
  readonly request: Omit<TextRequest, "prompt">;
}

export class Conversation {
  readonly #parts: ConversationParts;
  #system: string | undefined;
  #messages: ChatMessage[] = [];
  #numAsked = 0;

  constructor(parts: ConversationParts, system: string | undefined) {
    this.#parts = parts;
    this.#system = system || undefined;
  }

  /** All that was said, the system message first. */
  get messages(): readonly ChatMessage[] {
    const system = this.#system === undefined ? [] : [{ role: "system", content: this.#system }];
    return [...system, ...this.#messages];
  }

  /** Forgets what was said, but for the system message; `system`, where given, replaces that one. */
  reset(system = this.#system): void {
    this.#system = system || undefined;
    this.#messages = [];
  }

  /**
   * Yields the answer to `content` as it is written, and returns why it ended. What was said of it when the signal came
   * stays said. Throws a UserError, and forgets the question, where the template does not take it or the context is full.
   */
  async *ask(content: string, signal: AbortSignal): AsyncGenerator<string, FinishReason> {
    const { writer, tokenizer, format, request } = this.#parts;
    const messages: readonly ChatMessage[] = [...this.messages, { role: "user", content }];
    const prompt = format.encode(messages);
    if (prompt.length > writer.contextLength) {
      throw new UserError(
        `chat: expected a conversation of at most ${writer.contextLength} tokens, the context, got ${prompt.length}. ` +
          `/reset starts again.`,
      );
    }
    const asked: TextRequest = {
      ...{ ...request, prompt },
      seed: request.seed + this.#numAsked,
      stop: [...(request.stop ?? []), ...format.stop],
      stopIds: [...writer.endIds, ...format.stopIds],
      overflow: "refuse",
    };
    let answer = "";
    let reason: FinishReason = "stop";
    for await (const piece of writeTexts(writer.decoder, tokenizer, [asked], { signal })) {
      const text = answer === "" ? piece.text.trimStart() : piece.text;
      answer += text;
      if (text !== "") yield text;
      reason = piece.finishReason ?? reason;
    }
    this.#numAsked++;
    this.#messages.push({ role: "user", content }, { role: "assistant", content: answer });
    return reason;
  }
}
