/** @file New tokens for a vocabulary that exists, as a model needs when it is taught a format. */
import { UserError } from "../../errors.ts";
import type { BytePairTokenizer } from "../bpe/byte-pair-tokenizer.ts";
import { HuggingFaceTokenizer } from "../hugging-face/hugging-face-tokenizer.ts";

export interface NewToken {
  readonly content: string;
  /** Whether it is one that text is not made of, such as `<|user|>` (true). */
  readonly isSpecial?: boolean;
}

/**
 * The same tokenizer with more tokens, whose ids follow the largest there is. In a text they are looked for first, before it is cut
 * into words, special or not; ids of text without them stay as they were.
 *
 * @example
 * const gpt2 = await loadEncoding("gpt2");
 * const tokenizer = extendVocabulary(gpt2, [{ content: "<|user|>" }, { content: "scratchlm", isSpecial: false }]);
 * tokenizer.encode("<|user|>"); // [50257]
 */
export function extendVocabulary(
  tokenizer: BytePairTokenizer | HuggingFaceTokenizer,
  newTokens: readonly NewToken[],
): HuggingFaceTokenizer {
  const json = tokenizer.toJson() as Extendable;
  const known = new Set([
    ...json.added_tokens.map(({ content }) => content),
    ...Object.keys(json.model.vocab),
  ]);
  for (const { content } of newTokens) {
    if (content === "" || known.has(content)) throw notNew(content);
    known.add(content);
  }
  const added = newTokens.map(({ content, isSpecial = true }, i) => ({
    ...{ id: tokenizer.vocabSize + i, content, single_word: false, lstrip: false, rstrip: false },
    ...{ normalized: !isSpecial, special: isSpecial },
  }));
  const ids = Object.fromEntries(added.map(({ content, id }) => [content, id]));
  return HuggingFaceTokenizer.fromJson(
    {
      ...json,
      added_tokens: [...json.added_tokens, ...added],
      model: { ...json.model, vocab: { ...json.model.vocab, ...ids } },
    },
    "config" in tokenizer ? tokenizer.config : undefined,
  );
}

/** What is added to in a `tokenizer.json`. */
interface Extendable {
  readonly added_tokens: readonly { readonly content: string }[];
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
}

function notNew(content: string): UserError {
  const got = content === "" ? "an empty one" : `${JSON.stringify(content)}, which is there`;
  return new UserError(
    `new tokens: expected texts that are no tokens yet, got ${got}. Leave it out.`,
  );
}
