/** @file Beginnings of texts, checked against the vocabulary that has to write them. */
import { UserError } from "../errors.ts";
import { UnknownTextError } from "../tokenizer/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";

/** A new line where the vocabulary has one, else its first token. */
export function defaultPrompt(tokenizer: Tokenizer): string {
  try {
    tokenizer.encode("\n");
    return "\n";
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return tokenizer.decode([0]);
  }
}

/** Throws a UserError that calls the prompt `flag` where the vocabulary cannot write it, or there is none. */
export function requirePrompt(flag: string, prompt: string, tokenizer: Tokenizer): void {
  if (prompt === "") throw new UserError(`${flag}: expected at least one character, got none.`);
  try {
    tokenizer.encode(prompt);
  } catch (error) {
    if (!(error instanceof UnknownTextError)) throw error;
    throw new UnknownTextError(error.what, error.offset, "Use what the training text has.", flag);
  }
}
