/**
 * @file Regular expressions as JavaScript writes them, with the flag `u`: literals, classes, groups, alternatives, quantifiers.
 * What a finite automaton cannot follow (lookaround, back references, word boundaries) is an error that names it.
 */
import { UserError } from "../../errors.ts";
import { charactersWith } from "./character-properties.ts";
import { characterSet, complement } from "./character-set.ts";
import type { CharacterSet } from "./character-set.ts";
import { choice, oneOf, repeat, sequence } from "./expression.ts";
import type { Expression } from "./expression.ts";

const digits: CharacterSet = [[48, 57]];
const wordCharacters: CharacterSet = [...digits, [65, 90], [95, 95], [97, 122]];
const spaces = characterSet(
  [9, 10, 11, 12, 13, 32, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff]
    .map((code): [number, number] => [code, code])
    .concat([[0x2000, 0x200a]]),
);
const lineEnds = characterSet([
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
]);
const any = complement([]);

const classes: Readonly<Record<string, CharacterSet>> = {
  ...{ d: digits, D: complement(digits) },
  ...{ w: wordCharacters, W: complement(wordCharacters) },
  ...{ s: spaces, S: complement(spaces) },
};
const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, v: 11, f: 12, "0": 0 };

/** Counted repetitions are copied as often; more would make an automaton of many megabytes. */
const mostCopies = 4096;

export interface ParseOptions {
  /** A match anywhere in a text counts, as in JSON schemas; otherwise the whole text has to match. */
  readonly isSearch?: boolean;
}

/** The texts that match. Throws a UserError that calls the expression `name`. */
export function parseRegex(
  pattern: string,
  name: string,
  { isSearch = false }: ParseOptions = {},
): Expression {
  const parser = new RegexParser(pattern, name);
  const alternatives = parser.parse();
  return choice(
    ...alternatives.map(({ expression, hasStart, hasEnd }) =>
      sequence(
        ...(isSearch && !hasStart ? [repeat(oneOf(any), 0)] : []),
        expression,
        ...(isSearch && !hasEnd ? [repeat(oneOf(any), 0)] : []),
      ),
    ),
  );
}

interface Alternative {
  readonly expression: Expression;
  readonly hasStart: boolean;
  readonly hasEnd: boolean;
}

class RegexParser {
  readonly #characters: readonly string[];
  readonly #pattern: string;
  readonly #name: string;
  #at = 0;

  constructor(pattern: string, name: string) {
    this.#characters = [...pattern];
    this.#pattern = pattern;
    this.#name = name;
  }

  parse(): Alternative[] {
    const alternatives: Alternative[] = [];
    do {
      const hasStart = this.#take("^");
      const parts = this.#parts();
      const hasEnd = this.#take("$");
      alternatives.push({ expression: sequence(...parts), hasStart, hasEnd });
    } while (this.#take("|"));
    if (this.#next !== undefined) {
      throw this.#error(
        this.#next === ")" ? 'a "(" before ")"' : "^ and $ only around an alternative",
      );
    }
    return alternatives;
  }

  get #next(): string | undefined {
    return this.#characters[this.#at];
  }

  #take(text: string): boolean {
    const isThere = this.#characters.slice(this.#at, this.#at + text.length).join("") === text;
    if (isThere) this.#at += text.length;
    return isThere;
  }

  #parts(): Expression[] {
    const parts: Expression[] = [];
    while (this.#next !== undefined && !"|)^$".includes(this.#next)) {
      parts.push(this.#quantified(this.#atom()));
    }
    return parts;
  }

  #atom(): Expression {
    if (this.#take("(")) return this.#group();
    if (this.#take("[")) return oneOf(this.#class());
    if (this.#take(".")) return oneOf(complement(lineEnds));
    if (this.#take("\\")) return oneOf(this.#escape());
    const character = this.#characters[this.#at++];
    if ("*+?{}]".includes(character)) throw this.#error(`\\ before "${character}"`);
    return oneOf([[character.codePointAt(0)!, character.codePointAt(0)!]]);
  }

  #group(): Expression {
    for (const [start, what] of [
      ["?=", "lookahead"],
      ["?!", "lookahead"],
      ["?<=", "lookbehind"],
      ["?<!", "lookbehind"],
    ]) {
      if (this.#take(start)) throw this.#error(`no ${what}`);
    }
    if (this.#take("?<")) while (!this.#take(">")) this.#skip("a name and >");
    else if (this.#take("?") && !this.#take(":")) throw this.#error("(?: or a name after (?");
    const options = [sequence(...this.#parts())];
    while (this.#take("|")) options.push(sequence(...this.#parts()));
    if (!this.#take(")"))
      throw this.#error(this.#next ? "^ and $ only around an alternative" : "a )");
    return options.length === 1 ? options[0] : choice(...options);
  }

  #quantified(atom: Expression): Expression {
    const [least, most] = this.#bounds() ?? [1, 1];
    this.#take("?"); // lazy: the same texts match
    if (least === 1 && most === 1) return atom;
    if (least > most) throw this.#error("a least number that is not above the most");
    if ((most === Infinity ? least : most) > mostCopies) {
      throw this.#error(`at most ${mostCopies} repetitions in {}`);
    }
    return repeat(atom, least, most);
  }

  #bounds(): [number, number] | undefined {
    if (this.#take("*")) return [0, Infinity];
    if (this.#take("+")) return [1, Infinity];
    if (this.#take("?")) return [0, 1];
    if (!this.#take("{")) return undefined;
    const start = this.#at;
    while (!this.#take("}")) this.#skip("a }");
    const text = this.#characters.slice(start, this.#at - 1).join("");
    const [, least, comma, most] = /^(\d+)(,?)(\d*)$/.exec(text) ?? [];
    if (least === undefined) throw this.#error("{n}, {n,} or {n,m}");
    return [Number(least), most ? Number(most) : comma ? Infinity : Number(least)];
  }

  /** What stands between [ and ]. */
  #class(): CharacterSet {
    const isNegated = this.#take("^");
    const ranges: (readonly [number, number])[] = [];
    while (!this.#take("]")) {
      const set = this.#classAtom();
      const isRange =
        set.length === 1 &&
        set[0][0] === set[0][1] &&
        this.#next === "-" &&
        this.#characters[this.#at + 1] !== "]";
      if (!isRange) {
        ranges.push(...set);
        continue;
      }
      this.#at++;
      const [[first], [last]] = [set[0], this.#classAtom()[0]];
      if (first > last) throw this.#error("a range from the lower to the higher character");
      ranges.push([first, last]);
    }
    return isNegated ? complement(ranges) : characterSet(ranges);
  }

  #classAtom(): CharacterSet {
    if (this.#take("\\")) return this.#take("b") ? [[8, 8]] : this.#escape();
    const code = this.#skip("a ]").codePointAt(0)!;
    return [[code, code]];
  }

  /** What stands after a backslash. */
  #escape(): CharacterSet {
    const character = this.#skip("a character after \\");
    if (Object.hasOwn(classes, character)) return classes[character];
    if (character === "b" || character === "B") throw this.#error("no word boundary");
    if (/[1-9k]/.test(character)) throw this.#error("no back reference");
    if (character === "p" || character === "P") return this.#property(character);
    const code = Object.hasOwn(controls, character)
      ? controls[character]
      : (this.#hexadecimal(character) ?? this.#identity(character));
    return [[code, code]];
  }

  #hexadecimal(character: string): number | undefined {
    if (character !== "x" && character !== "u") return undefined;
    const rest = this.#characters.slice(this.#at).join("");
    const found = (
      character === "x" ? /^([\da-f]{2})/i : /^(?:([\da-f]{4})|\{([\da-f]{1,6})\})/i
    ).exec(rest);
    const code = parseInt(found?.[1] ?? found?.[2] ?? "", 16);
    if (!(code <= 0x10ffff)) throw this.#error("\\xFF, \\uFFFF or \\u{10FFFF}");
    this.#at += found![0].length;
    return code;
  }

  #identity(character: string): number {
    if (/[a-z\d]/i.test(character)) throw this.#error(`no \\${character}, which means nothing`);
    return character.codePointAt(0)!;
  }

  /** A Unicode property: JavaScript's own expressions tell which characters have it. */
  #property(letter: string): CharacterSet {
    const start = this.#at;
    while (!this.#take("}")) this.#skip("\\p{…}");
    const source = `\\${letter}${this.#characters.slice(start, this.#at).join("")}`;
    try {
      return charactersWith(source);
    } catch (cause) {
      if (cause instanceof SyntaxError) throw this.#error(`a Unicode property for ${source}`);
      throw cause;
    }
  }

  #skip(expected: string): string {
    const character = this.#next;
    if (character === undefined) throw this.#error(expected);
    this.#at++;
    return character;
  }

  #error(expected: string): UserError {
    return new UserError(
      `${this.#name}: expected ${expected}, got ${JSON.stringify(this.#pattern)} (character ${this.#at + 1}).`,
    );
  }
}
