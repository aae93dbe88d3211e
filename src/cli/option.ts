/** @file The options of a command as data: parsing, help and configuration files all follow from it. */
import { UserError } from "../errors.ts";

interface Described {
  /** A few words for the help; defaults are part of them. */
  readonly description: string;
}

interface FlagOption extends Described {
  readonly kind: "flag";
}

interface NumberOption extends Described {
  /** `whole` numbers have no fraction. */
  readonly kind: "whole" | "number";
  /** The least value allowed; 0 unless said. */
  readonly least?: number;
}

interface TextOption extends Described {
  readonly kind: "text";
  /** Stands for the value in the help. */
  readonly hint: string;
}

/** A text that may be given several times. */
interface TextsOption extends Described {
  readonly kind: "texts";
  readonly hint: string;
}

interface ChoiceOption extends Described {
  readonly kind: "choice";
  readonly choices: readonly string[];
}

export type Option = FlagOption | NumberOption | TextOption | TextsOption | ChoiceOption;

/** Options by name in camel case: `maxSteps` is `--max-steps`. */
export type Options = Readonly<Record<string, Option>>;

type ValueOf<O> = O extends FlagOption
  ? boolean
  : O extends NumberOption
    ? number
    : O extends ChoiceOption
      ? O["choices"][number]
      : O extends TextsOption
        ? readonly string[]
        : string;

/** What a person set; the rest is undefined. */
export type OptionValues<O extends Options> = {
  readonly [name in keyof O]?: ValueOf<O[name]> | undefined;
};

/** `maxSteps` → `--max-steps`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The value that `text` stands for. Throws a UserError that calls the option `flag`. */
export function parseValue(option: Option, flag: string, text: string): string | number | boolean {
  if (option.kind === "text" || option.kind === "texts") return text;
  if (option.kind === "choice") {
    if (option.choices.includes(text)) return text;
    throw wrong(flag, `one of ${option.choices.join(", ")}`, text);
  }
  if (option.kind === "flag") {
    if (text === "true" || text === "false") return text === "true";
    throw wrong(flag, "true or false", text);
  }
  return parseNumber(option, flag, text);
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function parseNumber({ kind, least = 0 }: NumberOption, flag: string, text: string): number {
  const value = decimal.test(text) ? Number(text) : NaN;
  const isWhole = kind === "whole";
  const most = isWhole ? Number.MAX_SAFE_INTEGER : Number.MAX_VALUE;
  if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return value;
  const noun = `a ${isWhole ? "whole " : ""}number`;
  if (least === -Infinity) throw wrong(flag, noun, text);
  const range = value > most ? `from ${least} to ${most}` : `of ${least} or more`;
  throw wrong(flag, `${noun} ${range}`, text);
}

function wrong(flag: string, expected: string, got: string): UserError {
  return new UserError(`${flag}: expected ${expected}, got ${JSON.stringify(got)}.`);
}
