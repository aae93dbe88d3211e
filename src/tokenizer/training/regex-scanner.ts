/** @file A scanner for any regular expression: slower than those written by hand, and it needs each document as a whole. */
import { UserError } from "../../errors.ts";
import type { Scanner } from "../bpe/scanner.ts";
import { regExpOf } from "../hugging-face/oniguruma.ts";
import { utf8Length } from "../hugging-face/piece-list.ts";
import { splitText } from "../hugging-face/split-behavior.ts";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Cuts text at the matches of a pattern in Oniguruma's syntax, as `tokenizer.json` has it; what is between matches are pieces too. */
export function regexScanner(pattern: string): Scanner {
  const expression = expressionOf(pattern);
  let ends: number[] = []; // of the pieces that are still to be asked for, the next one last
  return {
    pattern,
    // Texts are asked for from their start on, piece by piece: the first question finds all.
    pieceEnd(bytes, start, end) {
      if (start === 0 || ends.length === 0) {
        ends = pieceEnds(utf8.decode(bytes.subarray(start, end)), expression, start).reverse();
      }
      return ends.pop() ?? end;
    },
    cutPoint: (_text, from) => from, // what the pattern would say of a part, nobody knows
  };
}

/** Where pieces end, in bytes. */
function pieceEnds(text: string, expression: RegExp, offset: number): number[] {
  const ends: number[] = [];
  splitText(text, expression, { behavior: "Isolated" }, (start, end) => {
    offset += utf8Length(text.slice(start, end));
    ends.push(offset);
  });
  return ends;
}

function expressionOf(pattern: string): RegExp {
  try {
    return regExpOf(pattern);
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof UserError)) throw error;
    const advice = "Use gpt2, cl100k or o200k, or mend it.";
    throw new UserError(
      `pattern: expected a regular expression, got ${JSON.stringify(pattern)}. ${advice}`,
      { cause: error },
    );
  }
}
