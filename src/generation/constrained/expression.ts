/** @file What texts may look like, as a tree: regular expressions, and rules that refer to one another. */
import { charactersOf } from "./character-set.ts";
import type { CharacterSet } from "./character-set.ts";

export type Expression =
  /** One character of a set. */
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "sequence"; readonly parts: readonly Expression[] }
  | { readonly kind: "choice"; readonly options: readonly Expression[] }
  /** `most` may be infinite. */
  | {
      readonly kind: "repeat";
      readonly of: Expression;
      readonly least: number;
      readonly most: number;
    }
  /** A rule of the grammar, by its index. */
  | { readonly kind: "rule"; readonly rule: number };

/** Rules; the first is what a whole text has to be. */
export type Grammar = readonly Expression[];

export const sequence = (...parts: readonly Expression[]): Expression => ({
  kind: "sequence",
  parts,
});
export const choice = (...options: readonly Expression[]): Expression => ({
  kind: "choice",
  options,
});
export const oneOf = (set: CharacterSet): Expression => ({ kind: "set", set });
export const rule = (index: number): Expression => ({ kind: "rule", rule: index });

/** `of`, from `least` to `most` times. */
export function repeat(of: Expression, least: number, most = Infinity): Expression {
  return { kind: "repeat", of, least, most };
}

export const optional = (of: Expression): Expression => repeat(of, 0, 1);

/** Exactly this text. */
export function literal(text: string): Expression {
  return sequence(...Array.from(text, (character) => oneOf(charactersOf(character))));
}

/** The expression with each of its sets replaced. */
export function mapSets(
  expression: Expression,
  change: (set: CharacterSet) => Expression,
): Expression {
  if (expression.kind === "set") return change(expression.set);
  if (expression.kind === "rule") return expression;
  if (expression.kind === "repeat") {
    return { ...expression, of: mapSets(expression.of, change) };
  }
  if (expression.kind === "sequence") {
    return sequence(...expression.parts.map((part) => mapSets(part, change)));
  }
  return choice(...expression.options.map((option) => mapSets(option, change)));
}
