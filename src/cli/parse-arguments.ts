/** @file Words of a command line as option values: strict, because a misspelt option must not train for an hour. */
import { parseArgs } from "node:util";
import { UserError } from "../errors.ts";
import { flagOf, parseValue } from "./option.ts";
import type { Option, Options, OptionValues } from "./option.ts";
import { nearest } from "./suggestion.ts";

export interface Arguments<O extends Options> {
  readonly values: OptionValues<O>;
  /** What is no option, in order. */
  readonly positionals: readonly string[];
}

/** Throws a UserError for an option that is unknown, lacks its value or has a wrong one; the last of several counts, but for `texts`. */
export function parseArguments<O extends Options>(
  words: readonly string[],
  options: O,
): Arguments<O> {
  const byFlag = new Map(
    Object.entries(options).map(([name, option]) => [flagOf(name), { name, option }]),
  );
  const { tokens } = parseArgs({
    args: [...words],
    options: nodeOptions(options),
    ...{ strict: false, allowPositionals: true, tokens: true },
  });
  const values: Record<string, unknown> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const isNegated = token.rawName.startsWith("--no-") && !byFlag.has(token.rawName);
    const flag = isNegated ? `--${token.rawName.slice(5)}` : token.rawName;
    const found = byFlag.get(flag);
    if (!found || (isNegated && found.option.kind !== "flag")) {
      throw unknownOption(token.rawName, byFlag.keys());
    }
    const text = isNegated ? "false" : token.value;
    const value = valueOf(found.option, flag, text, token.inlineValue ?? false);
    const isOneOfSeveral = found.option.kind === "texts";
    const before = values[found.name] as readonly unknown[] | undefined;
    values[found.name] = isOneOfSeveral ? [...(before ?? []), value] : value;
  }
  return { values: values as OptionValues<O>, positionals };
}

function nodeOptions(options: Options) {
  const entries = Object.entries(options).map(([name, { kind }]) => {
    return [
      flagOf(name).slice(2),
      { type: kind === "flag" ? "boolean" : "string" } as const,
    ] as const;
  });
  return Object.fromEntries(entries);
}

function valueOf(option: Option, flag: string, text: string | undefined, isInline: boolean) {
  if (option.kind === "flag" && text === undefined) return true;
  const looksLikeOption = !isInline && text !== undefined && /^-[^\d.]/.test(text);
  if (text === undefined || looksLikeOption) {
    const got = text === undefined ? "none" : `the option ${text}`;
    throw new UserError(`${flag}: expected a value, got ${got}. Write it as ${flag}=<value>.`);
  }
  return parseValue(option, flag, text);
}

function unknownOption(flag: string, known: Iterable<string>): UserError {
  const meant = nearest(flag, [...known, "--help"]);
  const advice = meant ? `Did you mean ${meant}?` : "See --help.";
  return new UserError(
    `${flag}: expected an option of this command, got an unknown one. ${advice}`,
  );
}
