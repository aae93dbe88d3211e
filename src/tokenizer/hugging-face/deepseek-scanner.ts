/**
 * @file DeepSeek's pieces (V3, R1), for which its file has three splits one after the other: numbers of at most three digits, then runs of
 * Han and kana, then the rest by words. To the third split, a number or a Han character is the end of the text.
 */
import {
  BREAK,
  classes,
  codePointAt,
  LETTER,
  MARK,
  NUMBER,
  OTHER,
  SPACE,
} from "../bpe/character-class.ts";
import { digitsEnd } from "../bpe/cl100k-scanner.ts";
import { wordCutPoint } from "../bpe/cut-point.ts";
import { type PieceCutter, spaceEnd } from "../bpe/scanner.ts";

/** The patterns of the three splits. */
export const deepseekPatterns = [
  String.raw`\p{N}{1,3}`,
  "[一-龥぀-ゟ゠-ヿ]+",
  // The line breaks stand in the pattern as they are.
  String.raw`[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_BACKTICK{|}~][A-Za-z]+|[^BREAKS\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[BREAKS]*|\s*[BREAKS]+|\s+(?!\S)|\s+`
    .replace("BACKTICK", "`")
    .replaceAll("BREAKS", "\r\n"),
];

const space = 0x20;
const word = LETTER | MARK;
const spaces = { endsAtBreak: true, takesTail: false };
const maxDigits = 3;

export const deepseekScanner: PieceCutter = { pieceEnd, cutPoint: wordCutPoint };

function pieceEnd(bytes: Uint8Array, start: number, end: number): number {
  const character = codePointAt(bytes, start);
  const codePoint = character >> 3;
  const kind = classes[codePoint];
  const next = start + (character & 7);
  if (kind & NUMBER) return digitsEnd(bytes, next, end, maxDigits);
  const { isWord, isSymbol } = isHanOrKana(codePoint) ? hanOrKana : others;
  if (isWord(codePoint)) return runEnd(bytes, next, end, isWord);
  if (isSymbol(codePoint)) {
    const letters = codePoint < 0x80 ? asciiLettersEnd(bytes, next, end) : next;
    return letters > next ? letters : symbolsEnd(bytes, next, end, isSymbol);
  }
  if (!(kind & BREAK) && next < end) {
    const second = codePointAt(bytes, next);
    const after = next + (second & 7);
    if (isWord(second >> 3)) return runEnd(bytes, after, end, isWord);
    if (codePoint === space && isSymbol(second >> 3)) {
      return symbolsEnd(bytes, after, end, isSymbol);
    }
  }
  if (kind & SPACE) return spaceEnd(bytes, start, spaceRunEnd(bytes, next, end), spaces);
  return gapEnd(bytes, next, end, isHanOrKana(codePoint));
}

type Test = (codePoint: number) => boolean;

function isHanOrKana(codePoint: number): boolean {
  return (
    (codePoint >= 0x4e00 && codePoint <= 0x9fa5) || (codePoint >= 0x3040 && codePoint <= 0x30ff)
  );
}

// The third split goes over the pieces of the second too, so words and symbols are of one of these kinds.
const hanOrKana = {
  isWord: (codePoint: number) => isHanOrKana(codePoint) && (classes[codePoint] & word) !== 0,
  isSymbol: (codePoint: number) => isHanOrKana(codePoint) && isAnySymbol(codePoint),
};
const others = {
  isWord: (codePoint: number) => (classes[codePoint] & word) !== 0 && !isHanOrKana(codePoint),
  isSymbol: (codePoint: number) => isAnySymbol(codePoint) && !isHanOrKana(codePoint),
};

const symbol = /[\p{P}\p{S}]/u;
const unasked = 0;
const yes = 1;
const no = 2;
const symbols = new Uint8Array(0x110000);

/** Whether it is punctuation or a symbol, and not a control character, an unassigned code point or the like. */
function isAnySymbol(codePoint: number): boolean {
  if (!(classes[codePoint] & OTHER)) return false;
  if (symbols[codePoint] === unasked) {
    symbols[codePoint] = symbol.test(String.fromCodePoint(codePoint)) ? yes : no;
  }
  return symbols[codePoint] === yes;
}

/** The end of the run of characters for which `isPart` holds. */
function runEnd(bytes: Uint8Array, at: number, end: number, isPart: Test): number {
  while (at < end) {
    const character = codePointAt(bytes, at);
    if (!isPart(character >> 3)) return at;
    at += character & 7;
  }
  return at;
}

function asciiLettersEnd(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && (bytes[at] | 0x20) >= 0x61 && (bytes[at] | 0x20) <= 0x7a) at++;
  return at;
}

/** Line breaks after symbols go with them, unless the symbols are a piece of the second split. */
function symbolsEnd(bytes: Uint8Array, at: number, end: number, isSymbol: Test): number {
  at = runEnd(bytes, at, end, isSymbol);
  if (isSymbol === hanOrKana.isSymbol) return at;
  while (at < end && classes[bytes[at]] & BREAK) at++;
  return at;
}

/** Where the white space must end as at the end of the text: there if a number or a Han character follows it, else at `end`. */
function spaceRunEnd(bytes: Uint8Array, at: number, end: number): number {
  const stop = runEnd(bytes, at, end, (codePoint) => (classes[codePoint] & SPACE) !== 0);
  if (stop === end) return end;
  const codePoint = codePointAt(bytes, stop) >> 3;
  return classes[codePoint] & NUMBER || isHanOrKana(codePoint) ? stop : end;
}

/** The end of characters that no split matches: where one does. */
function gapEnd(bytes: Uint8Array, at: number, end: number, isHan: boolean): number {
  let last = at;
  while (at < end) {
    const character = codePointAt(bytes, at);
    const codePoint = character >> 3;
    if (isHanOrKana(codePoint) !== isHan) return at;
    if (classes[codePoint] & word) return last;
    if (classes[codePoint] !== OTHER || isAnySymbol(codePoint)) return at;
    last = at;
    at += character & 7;
  }
  return at;
}
