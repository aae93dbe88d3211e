import {
  BREAK,
  classes,
  codePointAt,
  LETTER,
  NUMBER,
  skip,
  SPACE,
  SYMBOL,
} from "./character-class.ts";
import { wordCutPoint } from "./cut-point.ts";
import { anyCaseContractionEnd, type Scanner, spaceEnd } from "./scanner.ts";

const space = 0x20;

export interface Cl100kPattern {
  /** The most digits that a piece holds. */
  readonly maxDigits: number;
  /** Whether white space at the end of the text is one piece, whatever line breaks it has. */
  readonly takesTail: boolean;
}

/** Pieces as in GPT-4's encoding; Llama 3 and Qwen differ from it in the two parameters. */
export function cl100kScanner({ maxDigits, takesTail }: Cl100kPattern): Scanner {
  const spaces = { endsAtBreak: true, takesTail };

  function pieceEnd(bytes: Uint8Array, start: number, end: number): number {
    const contraction = anyCaseContractionEnd(bytes, start, end);
    if (contraction > start) return contraction;
    const character = codePointAt(bytes, start);
    const kind = classes[character >> 3];
    const next = start + (character & 7);
    if (kind & LETTER) return skip(bytes, next, end, LETTER);
    if (kind & NUMBER) return digitsEnd(bytes, next, end, maxDigits);
    if (!(kind & BREAK) && next < end) {
      const second = codePointAt(bytes, next);
      const secondKind = classes[second >> 3];
      if (secondKind & LETTER) return skip(bytes, next + (second & 7), end, LETTER);
      const isSpaced = bytes[start] === space && (secondKind & SYMBOL) !== 0;
      if (isSpaced) return symbolsEnd(bytes, next + (second & 7), end);
    }
    if (kind & SPACE) return spaceEnd(bytes, start, end, spaces);
    return symbolsEnd(bytes, next, end);
  }
  const pattern = [
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)",
    String.raw`[^\r\n\p{L}\p{N}]?\p{L}+`,
    maxDigits === 1 ? String.raw`\p{N}` : String.raw`\p{N}{1,${maxDigits}}`,
    String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*`,
    ...(takesTail ? [String.raw`\s+\z`] : []),
    String.raw`\s*[\r\n]+|\s+(?!\S)|\s+`,
  ];
  return { pattern: pattern.join("|"), pieceEnd, cutPoint: wordCutPoint };
}

/** The end of a run of at most `maxDigits` numbers whose first ends at `at`. */
export function digitsEnd(bytes: Uint8Array, at: number, end: number, maxDigits: number): number {
  for (let length = 1; length < maxDigits && at < end; length++) {
    const character = codePointAt(bytes, at);
    if (!(classes[character >> 3] & NUMBER)) break;
    at += character & 7;
  }
  return at;
}

function symbolsEnd(bytes: Uint8Array, at: number, end: number): number {
  return skip(bytes, skip(bytes, at, end, SYMBOL), end, BREAK);
}
