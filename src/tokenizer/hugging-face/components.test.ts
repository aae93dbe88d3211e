/** Each component of a tokenizer.json in turn: what Hugging Face's library gives is in test/fixtures/tokenizer/components. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import { UnknownTextError } from "../unknown-text-error.ts";
import { HuggingFaceTokenizer } from "./hugging-face-tokenizer.ts";

interface Json {
  readonly [field: string]: unknown;
}

const file = new URL(
  "../../../test/fixtures/tokenizer/components/components.json",
  import.meta.url,
);
const { base, texts, cases, answers } = JSON.parse(readFileSync(file, "utf8")) as {
  base: Json & { model: Json };
  texts: string[];
  cases: (Json & { model?: Json })[];
  answers: [ids: number[], decoded: string][][];
};

function withParts(parts: Json & { model?: Json }): HuggingFaceTokenizer {
  const model = { ...base.model, ...parts.model };
  return HuggingFaceTokenizer.fromJson({ ...base, ...parts, model });
}

describe("ids and texts are Hugging Face's", () => {
  test.each(cases.map((parts, i) => [JSON.stringify(parts), parts, answers[i]] as const))(
    "%s",
    (_name, parts, expected) => {
      const tokenizer = withParts(parts);
      const ours = texts.map((text) => {
        const ids = tokenizer.encode(text);
        return [[...ids], tokenizer.decode(ids)];
      });
      expect(ours).toEqual(expected);
      const streamed = texts.map((text) =>
        [...tokenizer.encodeStream(text.match(/[^]{1,2}/g) ?? [])].flatMap((ids) => [...ids]),
      );
      expect(streamed).toEqual(expected.map(([ids]) => ids));
      expect(withParts({ ...tokenizer.toJson() }).toJson()).toEqual(tokenizer.toJson());
    },
  );
});

describe("what is not supported is an error that names it", () => {
  test.each<[string, Json & { model?: Json }]>([
    ['normalizer: expected .*, got "Precompiled"', { normalizer: { type: "Precompiled" } }],
    [
      'pre_tokenizer: expected .*, got "UnicodeScripts"',
      { pre_tokenizer: { type: "UnicodeScripts" } },
    ],
    ['decoder: expected .*, got "CTC"', { decoder: { type: "CTC" } }],
    ['post_processor: expected .*, got "Other"', { post_processor: { type: "Other" } }],
    [
      'pretokenizers\\[0\\]: expected .*, got "Other"',
      { pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Other" }] } },
    ],
    ['expected no option "odd", got 1', { normalizer: { type: "NFC", odd: 1 } }],
    ["got a truncation", { truncation: { max_length: 5 } }],
    ["got a padding", { padding: { strategy: "Fixed" } }],
    ["got a dropout of 0.1", { model: { dropout: 0.1 } }],
    ["got a continuing_subword_prefix", { model: { continuing_subword_prefix: "##" } }],
    ["got a end_of_word_suffix", { model: { end_of_word_suffix: "</w>" } }],
    ['expected .*"BPE", got "Unigram"', { model: { type: "Unigram" } }],
    ['expected no option "odd"', { odd: true }],
    [
      "got \\(\\?<n>|this kind of group",
      {
        pre_tokenizer: {
          type: "Split",
          pattern: { Regex: "(?<n>a)" },
          behavior: "Isolated",
          invert: false,
        },
      },
    ],
    [
      "got \\\\G",
      {
        pre_tokenizer: {
          type: "Split",
          pattern: { Regex: "\\Ga" },
          behavior: "Isolated",
          invert: false,
        },
      },
    ],
  ])("%s", (message, parts) => {
    expect(() => withParts(parts)).toThrow(UserError);
    expect(() => withParts(parts)).toThrow(new RegExp(message));
  });

  test("text that no token spells, if there is no unknown token", () => {
    const tokenizer = withParts({ model: { unk_token: null } });
    expect(() => tokenizer.encode("ab x")).toThrow(UnknownTextError);
    expect(() => tokenizer.encode("ab x")).toThrow(/character "x" \(U\+0078\) at offset 3/);
  });
});
