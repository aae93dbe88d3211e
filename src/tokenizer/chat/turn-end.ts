/** @file What ends an answer: the token that a template puts behind one, which need not be the one that ends a text. */
import { UserError } from "../../errors.ts";
import type { HuggingFaceTokenizer } from "../hugging-face/hugging-face-tokenizer.ts";
import type { ChatTemplate } from "./chat-template.ts";

const answer = "an answer that no template has";

/** The special token with which `template` ends an answer, such as `<end_of_turn>`; undefined where it puts none there. */
export function turnEndId(
  template: ChatTemplate,
  tokenizer: HuggingFaceTokenizer,
): number | undefined {
  const text = renderedAnswer(template);
  const end = text.lastIndexOf(answer);
  if (end < 0) return undefined;
  const behind = text.slice(end + answer.length).trimStart();
  // Of several that fit, the longest is what the tokenizer reads.
  const [name] = [...tokenizer.specialTokens.keys()]
    .filter((each) => behind.startsWith(each))
    .sort((a, b) => b.length - a.length);
  return name === undefined ? undefined : tokenizer.specialTokens.get(name);
}

/** A question and its answer; "" where the template does not take them. */
function renderedAnswer(template: ChatTemplate): string {
  const messages = [
    { role: "user", content: "a question" },
    { role: "assistant", content: answer },
  ];
  try {
    return template.render(messages).text;
  } catch (error) {
    if (error instanceof UserError) return "";
    throw error;
  }
}
