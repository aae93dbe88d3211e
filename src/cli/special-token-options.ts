/** @file What becomes of special tokens that stand in a text: the choices of tiktoken as options. */
import { UserError } from "../errors.ts";
import { SpecialTokenError } from "../tokenizer/index.ts";
import type { SpecialTokenOptions, Tokenizer } from "../tokenizer/index.ts";
import type { OptionValues } from "./option.ts";
import { nearest } from "./suggestion.ts";

export const specialTokenOptions = {
  allowSpecial: {
    kind: "text",
    hint: "tokens",
    description: "special tokens that become their id, with commas between, or all",
  },
  specialAsText: {
    kind: "flag",
    description: "take other special tokens as ordinary text (default: they are an error)",
  },
  addSpecialTokens: {
    kind: "flag",
    description:
      "add the ids that a published model wants around a text (default; --no-add-special-tokens)",
  },
} as const;

/** The policy that the options ask for. A name that the tokenizer does not have is a UserError. */
export function specialTokenPolicy(
  values: OptionValues<typeof specialTokenOptions>,
  tokenizer: Tokenizer,
): SpecialTokenOptions {
  const known = [...(tokenizer.specialTokens?.keys() ?? [])];
  const { allowSpecial, specialAsText = false, addSpecialTokens = true } = values;
  const others = { disallowedSpecial: specialAsText ? [] : ("all" as const), addSpecialTokens };
  if (allowSpecial === undefined) return others;
  if (allowSpecial === "all") return { allowedSpecial: "all", ...others };
  const allowedSpecial = allowSpecial.split(",");
  const stranger = allowedSpecial.find((token) => !known.includes(token));
  if (stranger === undefined) return { allowedSpecial, ...others };
  const meant = nearest(stranger, known);
  throw new UserError(
    `--allow-special: expected special tokens of this tokenizer, got ${JSON.stringify(stranger)}. ` +
      (meant ? `Did you mean ${meant}?` : `It has ${listed(known)}.`),
  );
}

/** The error of a special token in an input, in the words of the command line; any other error as it is. */
export function specialTokenIn(name: string, error: unknown): unknown {
  if (!(error instanceof SpecialTokenError)) return error;
  const { token, offset } = error;
  return new UserError(
    `${name}: expected text without special tokens, got ${JSON.stringify(token)} at offset ${offset}. ` +
      `Allow it with --allow-special, or take it as text with --special-as-text.`,
  );
}

const most = 8;

function listed(tokens: readonly string[]): string {
  if (tokens.length === 0) return "none";
  const shown = tokens.slice(0, most).join(", ");
  return tokens.length > most ? `${shown} and ${tokens.length - most} more` : shown;
}
