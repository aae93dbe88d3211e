/** @file How a conversation becomes what a model reads: its own chat template, or a plain one that is chosen explicitly. */
import { UserError } from "../errors.ts";
import { HuggingFaceTokenizer, loadChatTemplate, turnEndId } from "../tokenizer/index.ts";
import type { ChatMessage, Tokenizer } from "../tokenizer/index.ts";

export interface ChatFormat {
  /** The ids of the messages and of what lets the model answer. */
  encode(messages: readonly ChatMessage[]): ArrayLike<number>;
  /** Strings that end an answer, besides the model's own end. */
  readonly stop: readonly string[];
  readonly stopIds: readonly number[];
}

/** The format that `--template` names; without it the model's own. Throws a UserError where the model has none. */
export async function chatFormat(
  template: "plain" | undefined,
  tokenizer: Tokenizer,
  path: string,
): Promise<ChatFormat> {
  if (template === "plain") return plainFormat(tokenizer);
  if (!(tokenizer instanceof HuggingFaceTokenizer) || !tokenizer.config?.chatTemplates.size) {
    throw new UserError(
      `${path}: expected a model with a chat template, got none: it was not trained to chat. ` +
        `Choose one that was, or --template plain, which writes User: and Assistant: before the messages.`,
    );
  }
  const own = await loadChatTemplate(tokenizer);
  const end = tokenizer.specialTokens.get(tokenizer.config.eosToken ?? "");
  return {
    encode(messages) {
      const { text } = own.render(messages, { addGenerationPrompt: true });
      return tokenizer.encode(text, { addSpecialTokens: false }); // the template has put them there
    },
    stop: [],
    stopIds: [end, turnEndId(own, tokenizer)].filter((id) => id !== undefined),
  };
}

const names: Readonly<Record<string, string>> = { user: "User", assistant: "Assistant" };

/** The messages as a play: for models that only go on with texts. */
function plainFormat(tokenizer: Tokenizer): ChatFormat {
  return {
    encode(messages) {
      const lines = messages.map(({ role, content }) => {
        return Object.hasOwn(names, role) ? `${names[role]}: ${content}` : `${content}\n`;
      });
      return tokenizer.encode(`${lines.join("\n")}\nAssistant:`);
    },
    stop: ["\nUser:"],
    stopIds: [],
  };
}
