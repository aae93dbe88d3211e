/** Training and validation data: the front and the back of one sequence, as the book cuts it. */
import { UserError } from "../errors.ts";
import { sliceTokens, type TokenSource } from "./token-source.ts";
import { tooShort } from "./windows.ts";

export interface Split<Part> {
  readonly training: Part;
  readonly validation: Part;
}

/** The first `trainFraction` (0 to 1, rounded down) of the tokens and the rest; each must hold a window of `blockSize`. */
export function splitTokens(
  tokens: TokenSource,
  trainFraction: number,
  { blockSize }: { readonly blockSize: number },
): Split<TokenSource> {
  const cut = cutAt(tokens.length, trainFraction);
  const share = `of ${tokens.length} tokens, split at ${trainFraction}`;
  if (cut <= blockSize) throw tooShort(`training part ${share}`, cut, blockSize);
  const rest = tokens.length - cut;
  if (rest <= blockSize) throw tooShort(`validation part ${share}`, rest, blockSize);
  return {
    training: sliceTokens(tokens, 0, cut),
    validation: sliceTokens(tokens, cut, tokens.length),
  };
}

/** The same for a text, counted in code points as Python does: what the book does before it tokenizes. */
export function splitText(text: string, trainFraction: number): Split<string> {
  const characters = Array.from(text);
  const cut = cutAt(characters.length, trainFraction);
  return {
    training: characters.slice(0, cut).join(""),
    validation: characters.slice(cut).join(""),
  };
}

function cutAt(length: number, trainFraction: number): number {
  if (!(trainFraction > 0 && trainFraction < 1)) {
    throw new UserError(
      `trainFraction: expected a number between 0 and 1, got ${trainFraction}. Try 0.9.`,
    );
  }
  return Math.floor(trainFraction * length);
}
