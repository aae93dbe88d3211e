import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadEncoding } from "../openai/load-encoding.ts";
import { extendVocabulary } from "./extend-vocabulary.ts";
import { trainBytePair } from "./train-byte-pair.ts";

/** What Hugging Face's tokenizer gave, see make.py beside it. */
const { texts, extended } = JSON.parse(
  readFileSync("test/fixtures/tokenizer-training/answers.json", "utf8"),
) as {
  readonly texts: Readonly<Record<string, readonly string[]>>;
  readonly extended: {
    readonly cases: readonly { readonly text: string; readonly ids: number[]; decoded: string }[];
  };
};

test("added tokens have the ids that Hugging Face gives them, and are found as it finds them", async () => {
  const options = { vocabSize: 400, minFrequency: 0, specialTokens: ["<|endoftext|>"] };
  const tokenizer = extendVocabulary(await trainBytePair(texts["latin"], options), [
    { content: "the an", isSpecial: false },
    { content: "é🐳", isSpecial: false },
    { content: "<|user|>" },
  ]);
  expect(tokenizer.vocabSize).toBe(403);
  for (const { text, ids, decoded } of extended.cases) {
    expect([...tokenizer.encode(text)]).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(decoded);
  }
});

test("ids of text without new tokens stay; a vocabulary may be extended again", async () => {
  const gpt2 = await loadEncoding("gpt2");
  const once = extendVocabulary(gpt2, [{ content: "<|user|>" }]);
  const twice = extendVocabulary(once, [{ content: "<|assistant|>" }]);
  expect([...twice.encode("<|user|><|assistant|>")]).toEqual([50257, 50258]);
  const text = "Every effort moves you.";
  expect([...twice.encode(text)]).toEqual([...gpt2.encode(text)]);
});

test.each(["", "<|endoftext|>", "the"])("%j is no new token", async (content) => {
  const gpt2 = await loadEncoding("gpt2");
  expect(() => extendVocabulary(gpt2, [{ content }])).toThrow(
    "expected texts that are no tokens yet",
  );
  const twice = [{ content: "<|new|>" }, { content: "<|new|>" }];
  expect(() => extendVocabulary(gpt2, twice)).toThrow('got "<|new|>"');
});
