/**
 * @file How a text is cut into the pieces that byte pairs are merged in. Published tokenizers say it with a regular expression; a
 * scanner is one such expression written out by hand over UTF-8 bytes, an order of magnitude faster.
 */
import { BREAK, classes, codePointAt, SPACE } from "./character-class.ts";

/** Cuts text into pieces. */
export interface PieceCutter {
  /** The end of the piece that starts at `start`; well-formed UTF-8, `start < end`, and `end` is the end of the text. */
  readonly pieceEnd: (bytes: Uint8Array, start: number, end: number) => number;
  /** The last index in `from < index < to` where a piece starts whatever `text` holds before `from` and from `to` on; else `from`. */
  readonly cutPoint: (text: string, from: number, to: number) => number;
}

/** Cuts text as a published pattern does. */
export interface Scanner extends PieceCutter {
  /** The pattern as a regular expression of Oniguruma, which `tokenizer.json` wants. */
  readonly pattern: string;
}

/**
 * The end of a piece of white space: what `\s*[\r\n]+|\s+(?!\S)|\s+` matches, or without `endsAtBreak` `\s+(?!\S)|\s+`; with
 * `takesTail`, `\s+$` goes before either. White space before something else leaves its last character to that.
 */
export function spaceEnd(
  bytes: Uint8Array,
  start: number,
  end: number,
  { endsAtBreak, takesTail }: { endsAtBreak: boolean; takesTail: boolean },
): number {
  let at = start;
  let last = start;
  let afterBreak = start;
  while (at < end) {
    const character = codePointAt(bytes, at);
    const kind = classes[character >> 3];
    if (!(kind & SPACE)) break;
    last = at;
    at += character & 7;
    if (kind & BREAK) afterBreak = at;
  }
  if (at === end && takesTail) return end;
  if (endsAtBreak && afterBreak > start) return afterBreak;
  if (at === end || last === start) return at;
  return last;
}

/** The end of an English contraction (`'s`, `'t`, `'re`, `'ve`, `'m`, `'ll`, `'d`) that starts at `start`, or `start`. */
export function contractionEnd(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== apostrophe || start + 1 >= end) return start;
  const first = bytes[start + 1];
  if (first === s || first === t || first === m || first === d) return start + 2;
  if (start + 2 >= end) return start;
  const second = bytes[start + 2];
  const isPair =
    (first === r && second === e) || (first === v && second === e) || (first === l && second === l);
  return isPair ? start + 3 : start;
}

/** The same in any case, with `ſ` as a form of s. */
export function anyCaseContractionEnd(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== apostrophe || start + 1 >= end) return start;
  const first = bytes[start + 1] | 0x20;
  if (first === s || first === t || first === m || first === d) return start + 2;
  if (start + 2 >= end) return start;
  if (bytes[start + 1] === longS[0] && bytes[start + 2] === longS[1]) return start + 3;
  const second = bytes[start + 2] | 0x20;
  const isPair =
    (first === r && second === e) || (first === v && second === e) || (first === l && second === l);
  return isPair ? start + 3 : start;
}

const apostrophe = 0x27;
const [d, e, l, m, r, s, t, v] = Array.from("delmrstv", (letter) => letter.charCodeAt(0));
const longS = [0xc5, 0xbf]; // U+017F
