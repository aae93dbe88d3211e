/**
 * @file Normalizers of a `tokenizer.json`: what happens to text before it is cut into pieces. Each is a list of edits, a pattern and what
 * takes the place of its matches, so that one definition gives both the text and, for offsets, where its characters come from.
 */
import { readComponent, type Fields, type Readers } from "./fields.ts";
import { literalOf, patternOf } from "./patterns.ts";
import { whiteSpace } from "./rust-characters.ts";

/** Replaces each match of a global pattern. */
export interface Edit {
  readonly pattern: RegExp;
  readonly replace: (match: string) => string;
  /** The whole text edited, where there is a faster way than by matches. */
  readonly whole?: (text: string) => string;
  /** Set if it changes only the start of a text. */
  readonly isAtStart?: boolean;
  /** Set if it takes single characters to others of the same length. */
  readonly from?: string;
  /**
   * Set if text may be edited in parts, cut where no character composes with the one before, and classes of characters stay as they are
   * but for a letter that becomes a letter and a mark.
   */
  readonly keepsClasses?: boolean;
}

export type Normalizer = readonly Edit[];

// Letters that NFC takes apart into a letter and a mark, and their like between them.
const letterAndMark =
  /[\u0958-\u095f\u09dc-\u09df\u0a33-\u0a36\u0a59-\u0a5e\u0b5c\u0b5d\u0f43-\u0f69\ufb1d-\ufb4e]/g;
const mark = "\u0301";

// What composes with the character before it: combining marks, and the vowels and final consonants of Hangul.
const composed = /[^\p{M}\u1160-\u11ff]?[\p{M}\u1160-\u11ff]+|[^\p{M}\u1160-\u11ff]/gu;

function unicodeForm(form: "NFC" | "NFD" | "NFKC" | "NFKD"): () => Normalizer {
  const whole = (text: string) => text.normalize(form);
  return () => [{ pattern: composed, replace: whole, whole, keepsClasses: form === "NFC" }];
}

const readers: Readers<Normalizer> = {
  Sequence: (fields) =>
    fields
      .list("normalizers")
      .flatMap((json, i) => readNormalizer(json, `${fields.where}: normalizers[${i}]`)),
  Prepend: (fields) => {
    const prefix = fields.string("prepend");
    return [{ pattern: /^(?=[^])/g, replace: () => prefix, isAtStart: true }];
  },
  Replace: (fields) => {
    const json = fields.take("pattern");
    const pattern = patternOf(json, fields.where);
    const content = fields.string("content");
    const from = literalOf(json);
    const isUnit = from?.length === 1 && content.length === 1;
    return [{ pattern, replace: () => content, ...(isUnit ? { from } : {}) }];
  },
  NFC: unicodeForm("NFC"),
  NFD: unicodeForm("NFD"),
  NFKC: unicodeForm("NFKC"),
  NFKD: unicodeForm("NFKD"),
  // Character by character, as Rust does it: no final sigma.
  Lowercase: () => [{ pattern: /[^]/gu, replace: (character) => character.toLowerCase() }],
  Strip: readStrip,
  StripAccents: () => [{ pattern: /\p{M}+/gu, replace: () => "" }],
};

function readStrip(fields: Fields): Normalizer {
  const edits: Edit[] = [];
  const remove = (source: string, isAtStart: boolean) =>
    edits.push({ pattern: new RegExp(source, "gv"), replace: () => "", isAtStart });
  if (fields.boolean("strip_left", true)) remove(`^[${whiteSpace}]+`, true);
  if (fields.boolean("strip_right", true)) remove(`(?<![${whiteSpace}])[${whiteSpace}]+$`, false);
  return edits;
}

/** The normalizer that a JSON value describes; null is none. */
export function readNormalizer(json: unknown, where = "tokenizer.json: normalizer"): Normalizer {
  return json === null || json === undefined ? [] : readComponent(json, where, readers);
}

/** The text as the model sees it. */
export function normalize(text: string, normalizer: Normalizer): string {
  for (const { pattern, replace, whole } of normalizer) {
    text = whole ? whole(text) : text.replace(pattern, replace);
  }
  return text;
}

/**
 * The text as far as its places to cut are concerned, as long as before: whatever is cut there may be normalized apart. `undefined` if
 * that cannot be said.
 */
export function withPlacesToCut(text: string, normalizer: Normalizer): string | undefined {
  for (const { pattern, replace, from, keepsClasses } of normalizer) {
    if (from !== undefined) text = text.replace(pattern, replace);
    else if (keepsClasses) text = text.replace(letterAndMark, mark);
    else return undefined;
  }
  return text;
}
