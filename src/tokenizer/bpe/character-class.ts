/**
 * @file What a scanner needs to know of a character, one bit for each class, as tiktoken's regular expressions see it (Rust's `\s` has
 * U+0085 and not U+FEFF). Bits, so that a set of classes is one mask.
 */
import { unicodeClasses } from "./unicode-classes.ts";

/** Upper and title case: Lu, Lt. */
export const UPPER = 1;
/** Lower case: Ll. */
export const LOWER = 2;
/** Letters without case: Lm, Lo. */
export const CASELESS = 4;
/** Combining marks: M. */
export const MARK = 8;
/** N. */
export const NUMBER = 16;
/** White space that is no line break. */
export const BLANK = 32;
/** Carriage return and line feed. */
export const BREAK = 64;
/** Everything else: punctuation, symbols, control characters, unassigned code points. */
export const OTHER = 128;

export const LETTER = UPPER | LOWER | CASELESS;
export const SPACE = BLANK | BREAK;
/** What `[^\s\p{L}\p{N}]` matches. */
export const SYMBOL = OTHER | MARK;

const bits = new Map([
  ["U", UPPER],
  ["L", LOWER],
  ["B", CASELESS],
  ["M", MARK],
  ["N", NUMBER],
  ["S", BLANK],
  ["R", BREAK],
  ["O", OTHER],
]);

const [digitZero, capitalA, smallA] = [0x30, 0x41, 0x61];

/** The class of each code point. */
export const classes = readClasses();

function readClasses(): Uint8Array {
  const table = new Uint8Array(0x110000);
  let next = 0;
  let bit = 0; // none before the first letter
  let length = 0;
  for (let i = 0; i < unicodeClasses.length; i++) {
    const unit = unicodeClasses.charCodeAt(i);
    if (unit < capitalA) length = 36 * length + unit - digitZero;
    else if (unit >= smallA) length = 36 * length + unit - smallA + 10;
    else {
      const start = next;
      if (bit > 0) next += length || 1;
      table.fill(bit, start, next);
      bit = bits.get(unicodeClasses.charAt(i)) ?? 0;
      length = 0;
    }
  }
  return table.fill(bit, next);
}

/** The code point that starts at `at` in well-formed UTF-8, times eight, plus the number of its bytes. */
export function codePointAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first < 0x80) return (first << 3) | 1;
  if (first < 0xe0) return (((first & 0x1f) << 6) | (bytes[at + 1] & 0x3f)) * 8 + 2;
  const low = ((bytes[at + 1] & 0x3f) << 6) | (bytes[at + 2] & 0x3f);
  if (first < 0xf0) return (((first & 0x0f) << 12) | low) * 8 + 3;
  return (((first & 0x07) << 18) | (low << 6) | (bytes[at + 3] & 0x3f)) * 8 + 4;
}

/** The end of the run of characters of the classes in `mask` that starts at `at`. */
export function skip(bytes: Uint8Array, at: number, end: number, mask: number): number {
  while (at < end) {
    const byte = bytes[at];
    if (byte < 0x80) {
      if (!(classes[byte] & mask)) return at;
      at++;
    } else {
      const character = codePointAt(bytes, at);
      if (!(classes[character >> 3] & mask)) return at;
      at += character & 7;
    }
  }
  return at;
}
