/** @file Where a text that arrives in pieces may be cut: between two characters that no piece of the hand-written scanners holds side by side. */
import { BLANK, BREAK, classes, LETTER, MARK, NUMBER, OTHER, SPACE } from "./character-class.ts";

const apostrophe = 0x27;

/** A scanner's `cutPoint` for all patterns in which words, numbers and white space are kept apart as in GPT-2's. */
export function wordCutPoint(text: string, from: number, to: number): number {
  for (let at = to - 1; at > from; at--) {
    if (isAlwaysCut(text.charCodeAt(at - 1), text.charCodeAt(at))) return at;
  }
  return from;
}

function isAlwaysCut(before: number, after: number): boolean {
  const kind = classes[before];
  const next = classes[after];
  if (next & BLANK) return !(kind & SPACE);
  if (kind & LETTER) {
    return (next & (BREAK | NUMBER)) !== 0 || ((next & OTHER) !== 0 && isCharacter(after));
  }
  if (kind & NUMBER) return (next & (BREAK | LETTER | MARK)) !== 0;
  return false;
}

/** Whether it is neither half of a surrogate pair, which may be a letter, nor an apostrophe, which may start a contraction. */
function isCharacter(unit: number): boolean {
  return (unit < 0xd800 || unit > 0xdfff) && unit !== apostrophe;
}
