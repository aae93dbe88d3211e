import fc from "fast-check";
import { expect, test } from "vitest";
import { documentsIn, placeToCut } from "./documents.ts";
import type { DocumentForm } from "./documents.ts";

/** Documents of a text that is cut wherever it may be, read `step` units at a time. */
function inStretches(text: string, form: DocumentForm, step: number): string[] {
  const documents: string[] = [];
  let [open, isInside, rest] = ["", false, ""];
  const take = (text: string, isClosed: boolean) => {
    for (const part of documentsIn({ text, isInside, isClosed }, form)) {
      open += part.text;
      if (!part.isLast) continue;
      documents.push(open);
      open = "";
    }
    isInside = !isClosed;
  };
  for (let at = 0; at < text.length; at += step) {
    rest += text.slice(at, at + step);
    const { at: cut, isClosed } = placeToCut(rest, form, (part) => part.lastIndexOf(" ") + 1);
    if (cut > 0) take(rest.slice(0, cut), isClosed);
    rest = rest.slice(cut);
  }
  take(rest, true);
  return documents;
}

const pieces = fc.array(fc.constantFrom("a", " ", "\n", "<", "|", "end", "|>", "<|end|>", "b c"));
const step = fc.integer({ min: 1, max: 12 });

test("a separator divides a text the same, wherever it is cut", () => {
  fc.assert(
    fc.property(pieces, step, (pieces, step) => {
      const text = pieces.join("");
      const separator = "<|end|>";
      const expected = text.split(separator).filter((part) => part.trim() !== "");
      const found = inStretches(text, { separator }, step);
      // Blank text of which a part was taken before its end came cannot be left out any more.
      expect(found.filter((part) => part.trim() !== "")).toEqual(expected);
    }),
  );
});

test("without a separator all is one document", () => {
  fc.assert(
    fc.property(pieces, step, (pieces, step) => {
      expect(inStretches(pieces.join(""), {}, step)).toEqual([pieces.join("")]);
    }),
  );
});

test("lines of JSONL are documents, blank ones are none", () => {
  const texts = fc.array(fc.string({ unit: "grapheme" }));
  fc.assert(
    fc.property(texts, step, fc.constantFrom("\n", "\r\n", "\n\n \n"), (texts, step, newline) => {
      const lines = texts.map((text) => JSON.stringify({ id: 1, story: text }));
      expect(inStretches(lines.join(newline), { field: "story" }, step)).toEqual(texts);
    }),
  );
});

test.each([
  ['{"text": "a"}\n{"text": 1}\n', 'a JSON object with text in "text"', 14],
  ['{"text": "a"}\n{"text": "b"\n', "a JSON object", 14],
  ["null", 'a JSON object with text in "text"', 0],
])("%j is an error that says what and where", (text, expected, offset) => {
  const stretch = { text, isInside: false, isClosed: true };
  expect(() => documentsIn(stretch, { field: "text" })).toThrow(
    expect.objectContaining({ expected, offset }),
  );
});
