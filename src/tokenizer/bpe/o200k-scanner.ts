import {
  BREAK,
  CASELESS,
  classes,
  codePointAt,
  LETTER,
  LOWER,
  MARK,
  NUMBER,
  skip,
  SPACE,
  SYMBOL,
  UPPER,
} from "./character-class.ts";
import { digitsEnd } from "./cl100k-scanner.ts";
import { wordCutPoint } from "./cut-point.ts";
import { anyCaseContractionEnd, type Scanner, spaceEnd } from "./scanner.ts";

const space = 0x20;
const apostrophe = 0x27;
const slash = 0x2f;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const maxDigits = 3;
const spaces = { endsAtBreak: true, takesTail: false };
const either = CASELESS | MARK; // may stand among capitals and among small letters
const wordStart = UPPER | either;
const wordRest = LOWER | either;

const capitals = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const smallLetters = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
const contraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

/** Pieces as in GPT-4o's encoding: a word is capitals, then small letters, then a contraction, after at most one other character. */
export const o200kScanner: Scanner = {
  pattern: [
    String.raw`[^\r\n\p{L}\p{N}]?${capitals}*${smallLetters}+${contraction}?`,
    String.raw`[^\r\n\p{L}\p{N}]?${capitals}+${smallLetters}*${contraction}?`,
    String.raw`\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  ].join("|"),
  pieceEnd,
  cutPoint: wordCutPoint,
};

function pieceEnd(bytes: Uint8Array, start: number, end: number): number {
  const plain = plainWordEnd(bytes, start, end);
  return plain > start ? plain : anyPieceEnd(bytes, start, end);
}

/** The end of a word of a to z, after a space or not, where that is all of the piece; else `start`. Most pieces are such. */
function plainWordEnd(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start] === space ? start + 1 : start;
  let at = first;
  while (at < end && isSmallLetter(bytes[at])) at++;
  const isWhole = at > first && at < end && bytes[at] < 0x80 && bytes[at] !== apostrophe;
  return isWhole ? at : start;
}

function isSmallLetter(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

function anyPieceEnd(bytes: Uint8Array, start: number, end: number): number {
  const character = codePointAt(bytes, start);
  const kind = classes[character >> 3];
  const next = start + (character & 7);
  if (kind & LETTER) return wordEnd(bytes, start, end);
  if (kind & NUMBER) return digitsEnd(bytes, next, end, maxDigits);
  if (!(kind & BREAK) && next < end) {
    const secondKind = classes[codePointAt(bytes, next) >> 3];
    if (secondKind & (LETTER | MARK)) return prefixedWordEnd(bytes, start, next, end);
    if (bytes[start] === space && secondKind & SYMBOL) return symbolsEnd(bytes, next, end);
  }
  if (kind & MARK) return anyCaseContractionEnd(bytes, next, end);
  if (kind & SPACE) return spaceEnd(bytes, start, end, spaces);
  return symbolsEnd(bytes, start, end);
}

/** The end of what `[Lu Lt Lm Lo M]*[Ll Lm Lo M]+|[Lu Lt Lm Lo M]+[Ll Lm Lo M]*` matches at `start`, a letter or a mark. */
function lettersEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let afterEither = start;
  while (at < end) {
    const character = codePointAt(bytes, at);
    const kind = classes[character >> 3];
    if (!(kind & wordStart)) break;
    at += character & 7;
    if (kind & either) afterEither = at;
  }
  const rest = skip(bytes, at, end, wordRest);
  if (rest > at || afterEither === start) return rest;
  return afterEither; // capitals after it start a word of their own
}

function wordEnd(bytes: Uint8Array, start: number, end: number): number {
  return anyCaseContractionEnd(bytes, lettersEnd(bytes, start, end), end);
}

/** The same after one other character; a mark is rather a word by itself than the first character of one in capitals only. */
function prefixedWordEnd(bytes: Uint8Array, start: number, next: number, end: number): number {
  const isMark = classes[codePointAt(bytes, start) >> 3] & MARK;
  if (isMark && skip(bytes, next, end, UPPER) === lettersEnd(bytes, next, end)) return next;
  return wordEnd(bytes, next, end);
}

function symbolsEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = skip(bytes, start, end, SYMBOL);
  while (at < end && isBreakOrSlash(bytes[at])) at++;
  return at;
}

function isBreakOrSlash(byte: number): boolean {
  return byte === lineFeed || byte === carriageReturn || byte === slash;
}
