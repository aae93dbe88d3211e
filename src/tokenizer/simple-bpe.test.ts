import fc from "fast-check";
import { expect, test } from "vitest";
import { SimpleBpeTokenizer } from "./simple-bpe.ts";

const story = "the cat in the hat sat on the mat\n\nthat  is that\r\nand that is all";
const trained = () => SimpleBpeTokenizer.train(story, 280);

test("the most frequent pair comes first, of equals the one that stands first", () => {
  const { tokens, merges } = trained().vocabulary;
  // "at" eight times, then "th" six times
  expect(merges.slice(0, 2).map(([, , merged]) => tokens[merged])).toEqual(["at", "th"]);
  const tied = SimpleBpeTokenizer.train("cd ab cd ab", 260).vocabulary;
  expect(tied.tokens.slice(258)).toEqual(["cd", "Ġa"]);
});

test("no token has a space but at its front, or a line break with anything", () => {
  for (const token of trained().vocabulary.tokens.slice(258)) {
    expect(token.lastIndexOf("Ġ")).toBeLessThanOrEqual(0);
    expect(token).not.toMatch(/[\r\n]/);
  }
});

test("a text of its characters comes back, and so does a saved tokenizer", () => {
  const tokenizer = trained();
  const loaded = new SimpleBpeTokenizer(JSON.parse(JSON.stringify(tokenizer.vocabulary)));
  const text = fc.string({ unit: fc.constantFrom(..."the cat \n\r ß") });
  fc.assert(
    fc.property(text, (given) => {
      expect(tokenizer.decode(tokenizer.encode(given))).toBe(given);
      expect(loaded.encode(given)).toEqual(tokenizer.encode(given));
    }),
  );
});

test("what it does not know is an error, as is a special token that is not allowed", () => {
  const tokenizer = trained();
  expect(() => tokenizer.encode("the 中")).toThrow('unknown character "中" (U+4E2D) at offset 4');
  expect(() => tokenizer.decode([300])).toThrow("from 0 to 279, got 300");
  expect(() => tokenizer.encode("a<|endoftext|>b")).toThrow('got "<|endoftext|>" at offset 1');
  expect([...tokenizer.encode("a<|endoftext|>b", { allowedSpecial: "all" })]).toEqual([
    97, 257, 98,
  ]);
});
