/** Expected values: chapter 2, sections 2.2 to 2.4, of *Build a Large Language Model (From Scratch)*. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadTokenizer, SimpleTokenizerV1, SimpleTokenizerV2, splitWords } from "./index.ts";

const quote = '"It\'s the last he painted, you know," Mrs. Gisburn said with pardonable pride.';
const words = fc.array(
  fc.constantFrom(
    "a",
    "Ab",
    "é",
    "🐳",
    "\ue000",
    "--",
    "-",
    ",",
    ".",
    "(",
    "'",
    " ",
    "\n",
    "\x1f",
    "\ufeff",
  ),
);
const text = words.map((pieces) => pieces.join(""));

test("a sentence is split at its punctuation", () => {
  expect(splitWords("Hello, world. Is this-- a test?")).toEqual([
    "Hello",
    ",",
    "world",
    ".",
    "Is",
    "this",
    "--",
    "a",
    "test",
    "?",
  ]);
  expect(splitWords("Hello, world. This, is a test.")).toEqual([
    "Hello",
    ",",
    "world",
    ".",
    "This",
    ",",
    "is",
    "a",
    "test",
    ".",
  ]);
});

test("V1 fails on an unknown word and names it", () => {
  const tokenizer = SimpleTokenizerV1.fromText(quote);
  expect(() => tokenizer.encode("said the, Hello")).toThrow(
    'encode: expected text of the vocabulary, got unknown word "Hello" at offset 10.',
  );
});

test("V1 closes up punctuation, and only that", () => {
  const tokenizer = SimpleTokenizerV1.fromText(quote);
  expect(tokenizer.decode(tokenizer.encode(quote))).toBe(
    `" It' s the last he painted, you know," Mrs. Gisburn said with pardonable pride.`,
  );
});

test("V2 marks unknown words and keeps the end-of-text marker", () => {
  const tokenizer = SimpleTokenizerV2.fromText(
    "do you like tea? In the sunlit terraces of, <|endoftext|>.",
  );
  const joined = "Hello, do you like tea? <|endoftext|> In the sunlit terraces of the palace.";
  expect(tokenizer.decode(tokenizer.encode(joined))).toBe(
    "<|unk|>, do you like tea? <|endoftext|> In the sunlit terraces of the <|unk|>.",
  );
  expect(tokenizer.vocabulary.slice(-2)).toEqual(["<|endoftext|>", "<|unk|>"]);
});

test("decoding changes only spaces, and a second time changes nothing", () => {
  fc.assert(
    fc.property(text, (text) => {
      const tokenizer = SimpleTokenizerV1.fromText(text);
      const ids = tokenizer.encode(text);
      expect(tokenizer.encode(tokenizer.decode(ids))).toEqual(ids);
    }),
  );
});

test("text cut at the cut point gives the same ids, whatever follows", () => {
  fc.assert(
    fc.property(text, text, (start, rest) => {
      const tokenizer = SimpleTokenizerV2.fromText(start);
      const cut = tokenizer.cutPoint(start);
      const whole = start + rest;
      const sides = [whole.slice(0, cut), whole.slice(cut)].flatMap((t) => [
        ...tokenizer.encode(t),
      ]);
      expect(sides).toEqual([...tokenizer.encode(whole)]);
    }),
  );
});

test.each([SimpleTokenizerV1, SimpleTokenizerV2])("a saved %o loads as itself", (kind) => {
  fc.assert(
    fc.property(text, (text) => {
      const tokenizer = kind.fromText(text);
      const loaded = loadTokenizer(JSON.parse(JSON.stringify(tokenizer.toJson())));
      expect(loaded).toBeInstanceOf(kind);
      expect(loaded.encode(text)).toEqual(tokenizer.encode(text));
    }),
  );
});

test("an id of no token is an error", () => {
  expect(() => SimpleTokenizerV1.fromText("a b").decode([0, 2])).toThrow(
    "decode: expected token ids from 0 to 1, got 2.",
  );
});

const story = join(process.env["SCRATCHLM_DATA"] ?? "", "the-verdict.txt");
const hasStory = Boolean(process.env["SCRATCHLM_DATA"]) && existsSync(story);
if (!hasStory)
  console.warn("skipped: chapter 2 on The Verdict needs SCRATCHLM_DATA/the-verdict.txt");

describe.skipIf(!hasStory)("The Verdict", () => {
  const verdict = hasStory ? readFileSync(story, "utf8") : "";
  const v1 = SimpleTokenizerV1.fromText(verdict);
  const v2 = SimpleTokenizerV2.fromText(verdict);

  test("2.2: has 20,479 characters and 4,690 tokens, of which these are the first 30", () => {
    expect(verdict.length).toBe(20479);
    expect(verdict.slice(0, 99)).toBe(
      "I HAD always thought Jack Gisburn rather a cheap genius--though a good fellow enough--so it was no ",
    );
    expect(splitWords(verdict).length).toBe(4690);
    expect(splitWords(verdict).slice(0, 30).join(" ")).toBe(
      "I HAD always thought Jack Gisburn rather a cheap genius -- though a good fellow enough -- " +
        "so it was no great surprise to me to hear that , in",
    );
  });

  test("2.3: has 1,130 distinct tokens in code-point order", () => {
    expect(v1.vocabSize).toBe(1130);
    expect(v1.vocabulary.slice(0, 51).join(" ")).toBe(
      `! " ' ( ) , -- . : ; ? A Ah Among And Are Arrt As At Be Begin Burlington But By Carlo Chicago Claude ` +
        `Come Croft Destroyed Devonshire Don Dubarry Emperors Florence For Gallery Gideon Gisburn Gisburns ` +
        `Grafton Greek Grindle Grindles HAD Had Hang Has He Her Hermia`,
    );
  });

  test("2.3: a quotation comes back with its spacing normalised", () => {
    expect(v1.decode(v1.encode(quote))).toBe(
      `" It' s the last he painted, you know," Mrs. Gisburn said with pardonable pride.`,
    );
  });

  test("2.4: V1 does not know Hello", () => {
    expect(() => v1.encode("Hello, do you like tea. Is this-- a test?")).toThrow('word "Hello" at');
  });

  test("2.4: V2 has two more tokens at the end", () => {
    expect(v2.vocabSize).toBe(1132);
    expect(v2.vocabulary.slice(-5)).toEqual([
      "younger",
      "your",
      "yourself",
      "<|endoftext|>",
      "<|unk|>",
    ]);
  });

  test("2.4: V2 gives the joined texts back with unknown words marked", () => {
    const joined = ["Hello, do you like tea?", "In the sunlit terraces of the palace."].join(
      " <|endoftext|> ",
    );
    expect(v2.decode(v2.encode(joined))).toBe(
      "<|unk|>, do you like tea? <|endoftext|> In the sunlit terraces of the <|unk|>.",
    );
  });
});
