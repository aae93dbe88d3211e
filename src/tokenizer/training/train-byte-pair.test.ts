import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { trainBytePair } from "./train-byte-pair.ts";
import type { TrainingProgress } from "./train-byte-pair.ts";

const { texts } = JSON.parse(
  readFileSync("test/fixtures/tokenizer-training/answers.json", "utf8"),
) as { readonly texts: Readonly<Record<string, readonly string[]>> };
const documents = Object.values(texts).flat();

async function* arriving() {
  for (const text of documents) yield text;
}

test("any text comes back from the ids of a trained tokenizer", async () => {
  const tokenizer = await trainBytePair(documents, { vocabSize: 600, specialTokens: ["<|end|>"] });
  expect([tokenizer.vocabSize, tokenizer.specialTokens.get("<|end|>")]).toEqual([600, 0]);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(tokenizer.decode(tokenizer.encode(text, { disallowedSpecial: [] }))).toBe(text);
    }),
  );
  const [latin] = texts["latin"];
  expect(tokenizer.encode(latin).length).toBeLessThan(latin.length / 2);
});

test("text that arrives gives what text at hand gives, each time", async () => {
  const json = async (given: Iterable<string> | AsyncIterable<string>) =>
    JSON.stringify((await trainBytePair(given, { vocabSize: 400 })).toJson());
  expect(await json(arriving())).toBe(await json(documents));
});

test("the patterns cut text differently", async () => {
  const merges = async (pattern: "gpt2" | "cl100k" | "o200k") => {
    const given = ["xX12345 ".repeat(9)];
    const options = { vocabSize: 400, pattern, minFrequency: 1 };
    return (await trainBytePair(given, options)).vocabulary.names.slice(256);
  };
  expect(await merges("gpt2")).toContain("Ġ12345".slice(1)); // numbers of any length
  expect(await merges("cl100k")).toEqual(expect.arrayContaining(["xX", "123", "45"]));
  expect(await merges("o200k")).not.toContain("X1");
});

test("progress ends with the last merge", async () => {
  const seen: TrainingProgress[] = [];
  const onProgress = (progress: TrainingProgress) => void seen.push(progress);
  await trainBytePair(documents, { vocabSize: 300, onProgress });
  expect(seen.at(-1)).toEqual({ stage: "merging", numMerges: 44, mostMerges: 44 });
});
