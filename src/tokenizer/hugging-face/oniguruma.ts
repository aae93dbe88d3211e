/**
 * @file Oniguruma's regular expressions, the dialect of `tokenizer.json`, as JavaScript's with the flag `v`. What looks the same is not:
 * `\s`, `\w`, `\d` and the dot cover other characters, `$` is the end of a line, `(?i:…)` folds U+017F with s, and possessive
 * quantifiers and atomic groups become a lookahead whose capture is then repeated.
 */
import { UserError } from "../../errors.ts";
import { onigurumaWord } from "./rust-characters.ts";
import { caseVariants, classEscape, escapeInClass, posixClass } from "./oniguruma-classes.ts";

const quantifier = /[?*+]|\{\d+(?:,\d*)?\}|\{,\d+\}/y;
const anyCharacter = "[\\s\\S]";
const word = `[${onigurumaWord}]`;
const anchors: Readonly<Record<string, string>> = {
  A: `(?<!${anyCharacter})`,
  z: `(?!${anyCharacter})`,
  Z: `(?=\\n?(?!${anyCharacter}))`,
  b: `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`,
  B: `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`,
};
const groupHeads = ["(?:", "(?=", "(?!", "(?<=", "(?<!"];

/** A global expression that finds the same matches. */
export function regExpOf(oniguruma: string): RegExp {
  return new RegExp(new Translation(oniguruma).source(), "gv");
}

/** An expression that matches just this text. */
export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|\/]/g, "\\$&");
}

class Translation {
  readonly #pattern: string;
  #at = 0;
  #numAtomic = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  source(): string {
    const source = this.#alternatives(false);
    if (this.#at < this.#pattern.length) this.#fail("an unopened parenthesis");
    return source;
  }

  /** Up to the end of the group or of the pattern. */
  #alternatives(ignoresCase: boolean): string {
    let source = "";
    while (this.#at < this.#pattern.length && this.#next() !== ")") {
      if (this.#take("|")) source += "|";
      else if (this.#take("(?i)")) return source + `(?:${this.#alternatives(true)})`;
      else source += this.#quantified(this.#atom(ignoresCase));
    }
    return source;
  }

  #quantified(atom: string): string {
    for (;;) {
      quantifier.lastIndex = this.#at;
      const found = quantifier.exec(this.#pattern)?.[0];
      if (found === undefined) return atom;
      this.#at += found.length;
      const repeated = atom + found.replace("{,", "{0,");
      if (this.#take("?")) atom = `(?:${repeated}?)`;
      else if (!found.startsWith("{") && this.#take("+")) atom = this.#atomic(repeated);
      else atom = `(?:${repeated})`;
    }
  }

  #atomic(source: string): string {
    const name = `atomic${this.#numAtomic++}`;
    return `(?:(?=(?<${name}>${source}))\\k<${name}>)`;
  }

  #atom(ignoresCase: boolean): string {
    if (this.#next() === "(") return this.#group(ignoresCase);
    if (this.#take("[")) return this.#class(ignoresCase);
    if (this.#take("\\")) return this.#escape(ignoresCase);
    const character = this.#character();
    if (character === ".") return "[^\\n]";
    if (character === "$") return `(?=\\n|(?!${anyCharacter}))`;
    if (character === "^") return `(?:(?<!${anyCharacter})|(?<=\\n)(?=${anyCharacter}))`;
    return literal(character, ignoresCase);
  }

  #group(ignoresCase: boolean): string {
    const head = groupHeads.find((each) => this.#take(each));
    if (head) return head + this.#alternatives(ignoresCase) + this.#close();
    if (this.#take("(?i:")) return `(?:${this.#alternatives(true)}${this.#close()}`;
    if (this.#take("(?-i:")) return `(?:${this.#alternatives(false)}${this.#close()}`;
    if (this.#take("(?>")) {
      const source = this.#alternatives(ignoresCase);
      this.#close();
      return this.#atomic(`(?:${source})`);
    }
    if (this.#pattern.startsWith("(?", this.#at)) this.#fail("this kind of group");
    this.#at++;
    return `(?:${this.#alternatives(ignoresCase)}${this.#close()}`; // what it captures is never asked for
  }

  #close(): string {
    if (!this.#take(")")) this.#fail("an unclosed parenthesis");
    return ")";
  }

  #escape(ignoresCase: boolean): string {
    const letter = this.#next();
    if (letter in anchors) {
      this.#at++;
      return anchors[letter];
    }
    const { inside, length, isLiteral } = classEscape(this.#pattern, this.#at);
    this.#at += length;
    return isLiteral ? literal(inside, ignoresCase) : `[${inside}]`;
  }

  /** A class whose opening bracket has been read. */
  #class(ignoresCase: boolean): string {
    const isNegated = this.#take("^");
    const operands: string[] = [];
    let items = this.#take("]") ? "\\]" : "";
    while (!this.#take("]")) {
      if (this.#at >= this.#pattern.length) this.#fail("an unclosed bracket");
      if (this.#take("&&")) {
        operands.push(`[${items}]`);
        items = "";
      } else items += this.#classItem(ignoresCase);
    }
    if (operands.length > 0) items = [...operands, `[${items}]`].join("&&");
    return `[${isNegated ? "^" : ""}${items}]`;
  }

  #classItem(ignoresCase: boolean): string {
    const posix = posixClass(this.#pattern, this.#at);
    if (posix) {
      this.#at += posix.length;
      return posix.inside;
    }
    if (this.#take("[")) return this.#class(ignoresCase);
    const first = this.#classCharacter();
    const isRange = this.#next() === "-" && this.#pattern[this.#at + 1] !== "]";
    if (!first.isLiteral) return first.inside;
    if (!isRange) return ignoresCase ? caseVariants(first.inside) : escapeInClass(first.inside);
    this.#at++;
    const last = this.#classCharacter();
    if (!last.isLiteral) this.#fail("a range that ends in a class");
    const range = `${escapeInClass(first.inside)}-${escapeInClass(last.inside)}`;
    if (ignoresCase && new RegExp(`[[${range}]&&[\\p{Cased}]]`, "v").test(this.#pattern)) {
      this.#fail("a range of letters of any case");
    }
    return range;
  }

  #classCharacter(): { inside: string; isLiteral: boolean } {
    if (!this.#take("\\")) return { inside: this.#character(), isLiteral: true };
    const { inside, length, isLiteral } = classEscape(this.#pattern, this.#at);
    this.#at += length;
    return { inside, isLiteral };
  }

  #next(): string {
    return this.#pattern.charAt(this.#at);
  }

  #character(): string {
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0);
    this.#at += character.length;
    return character;
  }

  #take(text: string): boolean {
    const isNext = this.#pattern.startsWith(text, this.#at);
    if (isNext) this.#at += text.length;
    return isNext;
  }

  #fail(what: string): never {
    throw new UserError(
      `tokenizer.json: expected a regular expression that JavaScript can express, got ${what} at character ` +
        `${this.#at} of ${JSON.stringify(this.#pattern)}. Use a model with another pattern.`,
    );
  }
}

function literal(character: string, ignoresCase: boolean): string {
  return ignoresCase ? `[${caseVariants(character)}]` : escapePattern(character);
}
