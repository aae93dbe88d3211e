/** @file Pre-tokenizers of a `tokenizer.json`: how text is cut into the pieces that byte pairs are merged in. */
import { UserError } from "../../errors.ts";
import { type Fields, readComponent, type Readers } from "./fields.ts";
import { escapePattern, regExpOf } from "./oniguruma.ts";
import { literalOf, patternOf } from "./patterns.ts";
import { punctuation, whiteSpace, wordCharacter } from "./rust-characters.ts";
import { type SplitBehavior, splitBehaviors, splitText } from "./split-behavior.ts";

/** A piece of the text, with what a pre-tokenizer put before it or in its place. */
export interface Piece {
  readonly text: string;
  /** Where its first character is from, in UTF-16 units of the normalized text; negative by the length of a prefix put there. */
  readonly at: number;
}

/** One step: cuts a piece into smaller ones, given whether it starts the whole text. */
export interface PreTokenizer {
  readonly cut: (piece: Piece, isFirst: boolean) => Piece[];
  /** The pattern, if all that it does is to set its matches apart, as Oniguruma spells it. */
  readonly isolates?: string;
  /** Text without which it does nothing. */
  readonly needs?: string;
}

export interface PreTokenization {
  readonly steps: readonly PreTokenizer[];
  /** Whether the pieces' bytes are what is merged, rather than their characters. */
  readonly isByteLevel: boolean;
}

const gpt2Pattern =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const byteLevel = "byte level";
type Step = PreTokenizer | typeof byteLevel;

const readers: Readers<Step[]> = {
  Sequence: (fields) =>
    fields
      .list("pretokenizers")
      .flatMap((json, i) => readComponent(json, `${fields.where}: pretokenizers[${i}]`, readers)),
  ByteLevel: (fields) => {
    const steps: Step[] = fields.boolean("add_prefix_space", true)
      ? [{ cut: (piece) => [startsWith(piece, " ") ? piece : prefixed(piece, " ")] }]
      : [];
    fields.boolean("trim_offsets", true); // concerns offsets only
    if (fields.boolean("use_regex", true)) steps.push(isolated(gpt2Pattern));
    return [...steps, byteLevel];
  },
  Split: readSplit,
  Metaspace: readMetaspace,
  Whitespace: () => [
    split(
      new RegExp(`[${wordCharacter}]+|[^${wordCharacter}${whiteSpace}]+`, "gv"),
      "Removed",
      true,
    ),
  ],
  WhitespaceSplit: () => [split(new RegExp(`[${whiteSpace}]`, "gv"), "Removed")],
  Digits: (fields) => [
    split(/\p{N}/gu, fields.boolean("individual_digits", false) ? "Isolated" : "Contiguous"),
  ],
  Punctuation: (fields) => [
    split(
      new RegExp(`[${punctuation}]`, "gv"),
      fields.oneOf("behavior", splitBehaviors, "Isolated"),
    ),
  ],
  BertPreTokenizer: () => [
    split(new RegExp(`[${whiteSpace}]`, "gv"), "Removed"),
    split(new RegExp(`[${punctuation}]`, "gv"), "Isolated"),
  ],
  CharDelimiterSplit: (fields) => {
    const delimiter = fields.string("delimiter");
    return [split(new RegExp(escapePattern(delimiter), "gv"), "Removed")];
  },
};

function readSplit(fields: Fields): Step[] {
  const json = fields.take("pattern");
  const pattern = patternOf(json, fields.where);
  const behavior = fields.oneOf("behavior", splitBehaviors);
  const invert = fields.boolean("invert", false);
  const step = split(pattern, behavior, invert);
  const regex: unknown = typeof json === "object" && json !== null && "Regex" in json && json.Regex;
  const isolates = behavior === "Isolated" && !invert && typeof regex === "string";
  const needs = invert ? undefined : literalOf(json);
  return [{ ...step, ...(isolates ? { isolates: regex } : {}), ...(needs ? { needs } : {}) }];
}

function readMetaspace(fields: Fields): Step[] {
  const mark = fields.string("replacement");
  fields.take("str_rep"); // older files say it twice
  const addsPrefix = fields.boolean("add_prefix_space", true);
  const scheme = fields.oneOf(
    "prepend_scheme",
    ["always", "first", "never"],
    addsPrefix ? "always" : "never",
  );
  const isSplit = fields.boolean("split", true);
  if (mark.length !== 1)
    fields.unsupported(`a replacement ${JSON.stringify(mark)}`, ["one character"]);
  const marked: PreTokenizer = {
    cut({ text, at }, isFirst) {
      const piece = { text: text.replaceAll(" ", mark), at };
      const isPrefixed = scheme === "always" || (scheme === "first" && isFirst);
      return [isPrefixed && !startsWith(piece, mark) ? prefixed(piece, mark) : piece];
    },
  };
  const words = split(new RegExp(escapePattern(mark), "gv"), "MergedWithNext");
  return isSplit ? [marked, words] : [marked];
}

function split(pattern: RegExp, behavior: SplitBehavior, invert = false): PreTokenizer {
  return {
    cut({ text, at }) {
      const pieces: Piece[] = [];
      splitText(text, pattern, { behavior, invert }, (start, end) =>
        pieces.push({ text: text.slice(start, end), at: at + start }),
      );
      return pieces;
    },
  };
}

function isolated(pattern: string): PreTokenizer {
  return { ...split(regExpOf(pattern), "Isolated"), isolates: pattern };
}

function startsWith({ text }: Piece, prefix: string): boolean {
  return text === "" || text.startsWith(prefix);
}

function prefixed({ text, at }: Piece, prefix: string): Piece {
  return { text: prefix + text, at: at - prefix.length };
}

/** The pre-tokenizer that a JSON value describes; null is none. */
export function readPreTokenizer(json: unknown): PreTokenization {
  if (json === null || json === undefined) return { steps: [], isByteLevel: false };
  const where = "tokenizer.json: pre_tokenizer";
  const all = readComponent(json, where, readers);
  const isByteLevel = all.at(-1) === byteLevel;
  const steps = all.slice(0, isByteLevel ? -1 : undefined).filter((step) => step !== byteLevel);
  if (steps.length + Number(isByteLevel) < all.length) {
    throw new UserError(
      `${where}: expected ByteLevel as the last step, got another after it, which is not supported. ` +
        `Use a model with another pre-tokenizer.`,
    );
  }
  return { steps, isByteLevel };
}

/** The pieces of a text; `isFirst` says that nothing was before it. */
export function preTokenize(
  text: string,
  steps: readonly PreTokenizer[],
  isFirst: boolean,
): Piece[] {
  let pieces: Piece[] = [{ text, at: 0 }];
  for (const { cut } of steps) {
    pieces = pieces.flatMap((piece, i) => cut(piece, isFirst && i === 0));
  }
  return pieces;
}
