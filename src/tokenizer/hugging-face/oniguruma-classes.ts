/** @file Escapes, properties and POSIX brackets of Oniguruma's regular expressions, as what stands inside a class of a JavaScript one. */
import { UserError } from "../../errors.ts";
import { onigurumaWord, whiteSpace } from "./rust-characters.ts";

/** What stands inside a class; or one character, not escaped. */
export interface ClassItem {
  readonly inside: string;
  /** How much of the pattern it takes. */
  readonly length: number;
  readonly isLiteral: boolean;
}

const controls = new Map(
  Object.entries({ n: "\n", r: "\r", t: "\t", f: "\f", v: "\v", a: "\x07", e: "\x1b" }),
);
const classes: Readonly<Record<string, string>> = {
  s: whiteSpace,
  d: "\\p{Nd}",
  w: onigurumaWord,
  h: "0-9a-fA-F",
};
const posixClasses: Readonly<Record<string, string>> = {
  alnum: "\\p{Alphabetic}\\p{Nd}",
  alpha: "\\p{Alphabetic}",
  ascii: "\\0-\\x7f",
  blank: "\\p{Zs}\\t",
  cntrl: "\\p{Cc}",
  digit: "\\p{Nd}",
  lower: "\\p{Lowercase}",
  punct: "\\p{P}\\p{S}",
  space: whiteSpace,
  upper: "\\p{Uppercase}",
  word: onigurumaWord,
  xdigit: "0-9a-fA-F",
};

/** What follows a backslash at `at`. */
export function classEscape(pattern: string, at: number): ClassItem {
  const rest = pattern.slice(at);
  const letter = rest.charAt(0);
  if (letter === "p" || letter === "P") return property(rest);
  const isNegated = letter !== letter.toLowerCase();
  const inside = classes[letter.toLowerCase()];
  if (inside) return { inside: isNegated ? `[^${inside}]` : inside, length: 1, isLiteral: false };
  const code = /^(?:x\{([0-9a-f]+)\}|x([0-9a-f]{1,2})|u([0-9a-f]{4})|(0))/i.exec(rest);
  if (code) {
    const digits = code[1] ?? code[2] ?? code[3] ?? code[4];
    const inside = String.fromCodePoint(parseInt(digits, 16));
    return { inside, length: code[0].length, isLiteral: true };
  }
  const control = controls.get(letter);
  if (control) return { inside: control, length: 1, isLiteral: true };
  if (/^[a-z0-9]?$/i.test(letter)) return unsupported(`\\${letter}`);
  const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
  return { inside: character, length: character.length, isLiteral: true };
}

/** The bracket `[:name:]` at `at`, if there is one. */
export function posixClass(pattern: string, at: number): ClassItem | undefined {
  const found = /^\[:(\^?)([a-z]+):\]/.exec(pattern.slice(at, at + 16));
  if (!found) return undefined;
  const [{ length }, negation, name] = found;
  const inside = posixClasses[name] ?? unsupported(found[0]);
  return { inside: negation ? `[^${inside}]` : inside, length, isLiteral: false };
}

function property(rest: string): ClassItem {
  const found = /^([pP])\{(\^?)([^}]+)\}/.exec(rest);
  if (!found) return unsupported(`\\${rest.slice(0, 2)}`);
  const [{ length }, letter, caret, name] = found;
  const isNegated = (letter === "P") !== (caret === "^");
  const inside = posixClasses[name.toLowerCase()] ?? unicodeProperty(name);
  return { inside: isNegated ? `[^${inside}]` : inside, length, isLiteral: false };
}

function unicodeProperty(name: string): string {
  const spellings = [`gc=${name}`, `sc=${name}`, name].map((each) => `\\p{${each}}`);
  return spellings.find(isValid) ?? unsupported(`\\p{${name}}`);
}

function isValid(source: string): boolean {
  try {
    return new RegExp(source, "v").source !== "";
  } catch {
    return false;
  }
}

/** The character in each of its cases, inside a class. */
export function caseVariants(character: string): string {
  const variants = new Set([character, character.toLowerCase(), character.toUpperCase()]);
  if (variants.has("s")) variants.add("ſ");
  if (variants.has("k")) variants.add("\u212a"); // the Kelvin sign
  return [...variants]
    .filter((each) => each.length === character.length)
    .map(escapeInClass)
    .join("");
}

export function escapeInClass(character: string): string {
  return /[\\()[\]{}\/\-|&!#$%*+,.:;<=>?@^`~]/.test(character) ? `\\${character}` : character;
}

function unsupported(what: string): never {
  throw new UserError(
    `tokenizer.json: expected a regular expression that JavaScript can express, got ${what}, which is not supported. ` +
      `Use a model with another pattern.`,
  );
}
