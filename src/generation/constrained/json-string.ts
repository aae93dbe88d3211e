/** @file Strings of JSON: between quotes, some characters are written as others. */
import { charactersOf, complement, intersection, without } from "./character-set.ts";
import type { CharacterSet } from "./character-set.ts";
import { choice, literal, mapSets, oneOf, repeat, sequence } from "./expression.ts";
import type { Expression } from "./expression.ts";

const control: CharacterSet = [[0, 0x1f]];
const escaped = [...control, ...charactersOf('"\\')];
const plain = complement(escaped);
const hexadecimal: CharacterSet = charactersOf("0123456789abcdefABCDEF");

/** \u and four digits, for what is no half of a surrogate pair: each is one character. */
const byNumber = sequence(
  literal("\\u"),
  choice(
    sequence(oneOf(without(hexadecimal, charactersOf("dD"))), repeat(oneOf(hexadecimal), 3, 3)),
    sequence(oneOf(charactersOf("dD")), oneOf([[48, 55]]), repeat(oneOf(hexadecimal), 2, 2)),
  ),
);

/** One character of a string, in any spelling. */
const anyCharacter = choice(
  oneOf(plain),
  sequence(literal("\\"), oneOf(charactersOf('"\\/bfnrt'))),
  byNumber,
);

/** A string of `least` to `most` characters. */
export function jsonString(least = 0, most = Infinity): Expression {
  return sequence(literal('"'), repeat(anyCharacter, least, most), literal('"'));
}

/** A string whose text fits `expression`, each character as `JSON.stringify` spells it. */
export function jsonStringOf(expression: Expression): Expression {
  return sequence(literal('"'), mapSets(expression, spelled), literal('"'));
}

function spelled(set: CharacterSet): Expression {
  const special = intersection(set, escaped);
  const codes = special.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, i) => first + i),
  );
  const spellings = codes.map((code) => JSON.stringify(String.fromCodePoint(code)).slice(1, -1));
  return choice(oneOf(intersection(set, plain)), ...spellings.map(literal));
}
