import { classes, codePointAt, LETTER, NUMBER, skip, SPACE, SYMBOL } from "./character-class.ts";
import { wordCutPoint } from "./cut-point.ts";
import { contractionEnd, type Scanner, spaceEnd } from "./scanner.ts";

const space = 0x20;
const spaces = { endsAtBreak: false, takesTail: false };

/** GPT-2's pieces (also r50k and p50k): contractions, and runs of letters, of numbers or of symbols after at most one space. */
export const gpt2Scanner: Scanner = {
  pattern: String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  pieceEnd,
  cutPoint: wordCutPoint,
};

function pieceEnd(bytes: Uint8Array, start: number, end: number): number {
  const contraction = contractionEnd(bytes, start, end);
  if (contraction > start) return contraction;
  const at = bytes[start] === space && start + 1 < end ? start + 1 : start;
  const character = codePointAt(bytes, at);
  const kind = classes[character >> 3];
  if (kind & SPACE) return spaceEnd(bytes, start, end, spaces);
  const run = kind & LETTER ? LETTER : kind & NUMBER ? NUMBER : SYMBOL;
  return skip(bytes, at + (character & 7), end, run);
}
