import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { loadTokenizer } from "../load-tokenizer.ts";
import { trainBytePair } from "./train-byte-pair.ts";
import type { TrainingProgress } from "./train-byte-pair.ts";

/** What Hugging Face's trainer, and the tokenizer that it made, gave: see make.py beside it. */
const { texts, probe, cases } = JSON.parse(
  readFileSync("test/fixtures/tokenizer-training/answers.json", "utf8"),
) as {
  readonly texts: Readonly<Record<string, readonly string[]>>;
  readonly probe: string;
  readonly cases: readonly {
    readonly text: string;
    readonly options: Readonly<Record<string, number>> & { readonly special_tokens?: string[] };
    readonly probeIds: readonly number[];
  }[];
};
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

test.each(cases)("$text $options: the ids of Hugging Face's tokenizer", async (given) => {
  const { vocab_size, min_frequency, max_token_length, special_tokens } = given.options;
  const tokenizer = await trainBytePair(texts[given.text], {
    ...{ vocabSize: vocab_size, minFrequency: min_frequency },
    ...{ maxTokenLength: max_token_length, specialTokens: special_tokens },
  });
  expect([...tokenizer.encode(probe)]).toEqual(given.probeIds);
  const saved = loadTokenizer(JSON.parse(JSON.stringify(tokenizer.toJson())));
  expect([...saved.encode(probe)]).toEqual(given.probeIds);
});

test("a long document in pieces gives what the whole gives, however it is cut", async () => {
  const options = { vocabSize: 500, specialTokens: ["<|end|>"] };
  const text = `${texts["mixed"][0]}<|end|>${texts["runs"][0]}`;
  const whole = await trainBytePair([text], options);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 300 }), async (size) => {
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, "gu")) ?? [];
      const inPieces = await trainBytePair([pieces], options);
      expect(inPieces.toJson()).toEqual(whole.toJson());
    }),
    { numRuns: 20 },
  );
});

test("a regular expression cuts as the scanner that was written for it", async () => {
  const pattern = String.raw`(?:'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)`;
  const own = await trainBytePair(documents, { vocabSize: 500, pattern });
  const named = await trainBytePair(documents, { vocabSize: 500 });
  expect(Array.from(own.parts.merges.entries())).toEqual(Array.from(named.parts.merges.entries()));
  expect(own.encode(probe)).toEqual(named.encode(probe));
});

test.each(["cl100k", "o200k", "[a-z]+|\\s+"])("%s is saved with its pattern", async (pattern) => {
  const tokenizer = await trainBytePair(documents, { vocabSize: 500, pattern });
  const saved = loadTokenizer(JSON.parse(JSON.stringify(tokenizer.toJson())));
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(saved.encode(text)).toEqual(tokenizer.encode(text));
    }),
  );
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
    const tokenizer = await trainBytePair(given, options);
    return Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.decode([id]));
  };
  expect(await merges("gpt2")).toContain("12345"); // numbers of any length
  expect(await merges("cl100k")).toEqual(expect.arrayContaining(["xX", "123", "45"]));
  expect(await merges("o200k")).not.toContain("X1");
});

test("progress ends with the last merge", async () => {
  const seen: TrainingProgress[] = [];
  const onProgress = (progress: TrainingProgress) => void seen.push(progress);
  await trainBytePair(documents, { vocabSize: 300, onProgress });
  expect(seen.at(-1)).toEqual({ stage: "merging", numMerges: 44, mostMerges: 44 });
});
