import fc from "fast-check";
import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { CharTokenizer, loadTokenizer } from "./index.ts";

const anyText = fc.string({ unit: "binary" }); // any code points but halves of pairs

async function* inPieces(text: string, size: number) {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

test("ids are the ranks of the distinct code points", () => {
  const tokenizer = CharTokenizer.fromText("b🐳a\nb\uffff");
  expect([...tokenizer.encode("\nab\uffff🐳")]).toEqual([0, 1, 2, 3, 4]);
  expect(tokenizer.vocabSize).toBe(5);
});

test("any text comes back from its ids", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const tokenizer = CharTokenizer.fromText(text);
      const ids = tokenizer.encode(text);
      expect(ids.length).toBe([...text].length);
      expect(tokenizer.decode(ids)).toBe(text);
    }),
  );
});

test("a stream gives the vocabulary of the whole text, however it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(anyText, fc.integer({ min: 1, max: 3 }), async (text, size) => {
      const streamed = await CharTokenizer.fromChunks(inPieces(text, size));
      expect(streamed.toJson()).toEqual(CharTokenizer.fromText(text).toJson());
    }),
  );
});

test("text cut at the cut point gives the same ids", () => {
  fc.assert(
    fc.property(anyText, fc.nat(), (text, at) => {
      const tokenizer = CharTokenizer.fromText(text);
      const cut = tokenizer.cutPoint(text.slice(0, at % (text.length + 1)));
      const sides = [text.slice(0, cut), text.slice(cut)].flatMap((t) => [...tokenizer.encode(t)]);
      expect(sides).toEqual([...tokenizer.encode(text)]);
    }),
  );
});

test("a saved and loaded tokenizer is the same", () => {
  fc.assert(
    fc.property(anyText, fc.option(fc.constant("<unk>")), (text, unknownToken) => {
      const tokenizer = CharTokenizer.fromText(text, unknownToken ? { unknownToken } : {});
      const loaded = loadTokenizer(JSON.parse(JSON.stringify(tokenizer.toJson())));
      expect(loaded.vocabSize).toBe(tokenizer.vocabSize);
      expect(loaded.encode(text)).toEqual(tokenizer.encode(text));
    }),
  );
});

test("an unknown character is an error that names it and its place", () => {
  expect(() => CharTokenizer.fromText("abc").encode("ab🐳c")).toThrow(
    'encode: expected text of the vocabulary, got unknown character "🐳" (U+1F433) at offset 2. ' +
      "Train the tokenizer on text that has it, or give it an unknown token.",
  );
  expect(() => CharTokenizer.fromText("abc").encode("a\ud83d")).toThrow("(U+D83D) at offset 1");
});

test("an unknown token stands for every unknown character", () => {
  const tokenizer = CharTokenizer.fromText("ab", { unknownToken: "<unk>" });
  expect([...tokenizer.encode("az🐳b")]).toEqual([0, 2, 2, 1]);
  expect(tokenizer.decode([0, 2, 1])).toBe("a<unk>b");
});

test.each([3, -1, 1.5, Number.NaN])("the id %s of no token is an error", (id) => {
  expect(() => CharTokenizer.fromText("abc").decode([id])).toThrow(
    `expected token ids from 0 to 2, got ${id}`,
  );
});

test.each([
  ["half a character", () => CharTokenizer.fromText("a\udc33")],
  ["half a character at the end", () => CharTokenizer.fromText("a\ud83d")],
  ["a character twice", () => new CharTokenizer(["a", "a"])],
  ["two characters in one", () => new CharTokenizer(["ab"])],
  [
    "an unknown token that is a character",
    () => CharTokenizer.fromText("?", { unknownToken: "?" }),
  ],
])("a vocabulary refuses %s", (_what, make) => {
  expect(make).toThrow(UserError);
});

test.each([
  null,
  7,
  [],
  {},
  { model: { type: "BPE" } },
  { model: { type: "WordLevel", vocab: {} } },
])("the JSON %j is no tokenizer", (json) => {
  expect(() => loadTokenizer(json)).toThrow(/^tokenizer.json: .*expected/);
});
