/** Our tokenizer.json files, read by Hugging Face's libraries: what they answered is in test/fixtures/tokenizer. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { CharTokenizer, loadTokenizer, SimpleTokenizerV1, SimpleTokenizerV2 } from "./index.ts";

interface Answer {
  readonly vocabSize: number;
  readonly saved: object;
  readonly cases: readonly { text: string; ids?: number[]; decoded?: string; error?: string }[];
}

const folder = new URL("../../test/fixtures/tokenizer/", import.meta.url);
const read = (name: string) => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
const { vocabulary } = read("texts.json") as { vocabulary: string };
const answers = read("answers.json") as Record<string, Answer>;

const ours = {
  char: CharTokenizer.fromText(vocabulary),
  "char-unknown": CharTokenizer.fromText(vocabulary, { unknownToken: "<unk>" }),
  "simple-v1": SimpleTokenizerV1.fromText(vocabulary.replace("<|unk|>", "")),
  "simple-v2": SimpleTokenizerV2.fromText(vocabulary),
};

describe.each(Object.entries(ours))("%s", (kind, tokenizer) => {
  const { vocabSize, saved, cases } = answers[kind];

  test("the file that Hugging Face read is the one we write", async () => {
    const file = fileURLToPath(new URL(`${kind}.tokenizer.json`, folder));
    await expect(JSON.stringify(tokenizer.toJson(), null, 1)).toMatchFileSnapshot(file);
  });

  test.each(cases)("gives Hugging Face's ids and text for $text", ({ text, ids, decoded }) => {
    if (!ids) {
      expect(() => tokenizer.encode(text)).toThrow(UserError);
      return;
    }
    expect([...tokenizer.encode(text)]).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(decoded);
  });

  test("has Hugging Face's number of tokens", () => {
    expect(tokenizer.vocabSize).toBe(vocabSize);
  });

  test("is read back from what Hugging Face saves", () => {
    expect(loadTokenizer(saved).toJson()).toEqual(tokenizer.toJson());
    expect(loadTokenizer(saved)).toBeInstanceOf(tokenizer.constructor);
  });
});
