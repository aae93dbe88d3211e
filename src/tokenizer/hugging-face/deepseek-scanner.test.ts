import fc from "fast-check";
import { expect, test } from "vitest";
import { deepseekPatterns, deepseekScanner } from "./deepseek-scanner.ts";
import { regExpOf } from "./oniguruma.ts";
import { splitText } from "./split-behavior.ts";

const patterns = deepseekPatterns.map(regExpOf);

/** What the three splits give, one after the other. */
function splitPieces(text: string): string[] {
  return patterns.reduce(
    (pieces, pattern) =>
      pieces.flatMap((piece) => {
        const parts: string[] = [];
        splitText(piece, pattern, { behavior: "Isolated" }, (start, end) =>
          parts.push(piece.slice(start, end)),
        );
        return parts;
      }),
    [text],
  );
}

function scannedPieces(text: string): string[] {
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = deepseekScanner.pieceEnd(bytes, at, bytes.length);
    pieces.push(decoder.decode(bytes.subarray(at, end)));
    at = end;
  }
  return pieces;
}

const characters = [
  ..."aZé中の、ー々\u3040\u309912٣½ \t\n\r\u0085\u00a0\u3000!'_`~。・€\u0301\u0001\u0002\u200d\ufeff\ue000😀",
  "👨‍👩‍👧",
  "\u{10ffff}",
];
const texts = fc
  .array(fc.constantFrom(...characters), { maxLength: 14 })
  .map((all) => all.join(""));

test("the scanner finds the pieces of the three splits", () => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(scannedPieces(text)).toEqual(splitPieces(text));
    }),
    { numRuns: 20_000, seed: 1 },
  );
});

test("a cut point never lies within a piece", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const cut = deepseekScanner.cutPoint(text, 0, text.length);
      const parts = [text.slice(0, cut), text.slice(cut)].flatMap(splitPieces);
      expect(parts).toEqual(splitPieces(text));
    }),
    { numRuns: 5_000, seed: 2 },
  );
});
