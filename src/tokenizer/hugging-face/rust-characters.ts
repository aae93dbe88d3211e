/**
 * @file Classes of characters as Rust and Oniguruma see them, written for the inside of a class of a `v` expression. JavaScript's own `\s`
 * has U+FEFF and lacks U+0085, and its `\w` and `\d` are ASCII.
 */
export const whiteSpace =
  "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
export const wordCharacter = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d";
export const onigurumaWord = "\\p{L}\\p{M}\\p{N}\\p{Pc}";
/** Rust's `is_ascii_punctuation`, and all of Unicode's punctuation. */
export const punctuation = "!-\\/:-@\\[-`\\{-~\\p{P}";

export const leadingSpace = new RegExp(`^[${whiteSpace}]+`, "v");
const isSpace = new RegExp(`^[${whiteSpace}]`, "v");
export const startsWithWord = new RegExp(`^[${wordCharacter}]`, "v");
export const endsWithWord = new RegExp(`[${wordCharacter}]$`, "v");

/** Where the white space before `at` starts, at `from` or later; a pattern with `$` would try each space of the text. */
export function spaceBefore(text: string, from: number, at: number): number {
  while (at > from && isSpace.test(text[at - 1])) at--;
  return at;
}
