/** @file OpenAI's encodings against tiktoken: `test/fixtures/tokenizer/bpe` holds what it gave. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openaiEncodings, type OpenAiEncodingName } from "./encodings.ts";
import { loadEncoding } from "./load-encoding.ts";

interface Answer {
  vocabSize: number;
  specialTokens: Record<string, number>;
  numSpecialTokens: number;
  ids: number[][];
  idsWithSpecial: number[][];
}

const texts: string[] = fixture("texts.json");
const answers: Record<string, Answer> = fixture("answers.json");
const digests: Record<string, Record<string, string>> = fixture("digests.json");
const names = Object.keys(openaiEncodings) as OpenAiEncodingName[];

describe.each(names)("%s", async (name) => {
  const encoding = await loadEncoding(name);
  const answer = answers[name];

  test("has tiktoken's vocabulary", () => {
    expect(encoding.vocabSize).toBe(answer.vocabSize);
    expect(encoding.specialTokens.size).toBe(answer.numSpecialTokens);
    for (const [token, id] of Object.entries(answer.specialTokens)) {
      expect(encoding.specialTokens.get(token)).toBe(id);
    }
  });

  test.each(texts.map((text, i) => [text, i] as const))("encodes %j as tiktoken", (text, i) => {
    const ids = encoding.encode(text, { disallowedSpecial: [] });
    expect([...ids]).toEqual(answer.ids[i]);
    expect([...encoding.encode(text, { allowedSpecial: "all" })]).toEqual(answer.idsWithSpecial[i]);
    expect(encoding.countTokens(text)).toBe(ids.length);
    expect(encoding.decode(ids)).toBe(text);
  });

  test.each([...generatedTexts()])("encodes %s as tiktoken", (what, cases) => {
    const sha = createHash("sha256");
    for (const text of cases) {
      const ids = encoding.encode(text, { disallowedSpecial: [] });
      sha.update(Uint32Array.of(ids.length)).update(ids);
    }
    expect(sha.digest("hex")).toBe(digests[name][what]);
  });
});

test("another name is an error that lists the encodings", async () => {
  await expect(loadEncoding("gpt-4o" as never)).rejects.toThrow(
    'encoding: expected any of gpt2, r50k_base, p50k_base, p50k_edit, cl100k_base, o200k_base, o200k_harmony, got "gpt-4o".',
  );
});

/** The texts of make.py's `generated`. */
function* generatedTexts(): Generator<[what: string, texts: string[]]> {
  const ascii = Array.from({ length: 128 }, (_, i) => String.fromCharCode(i));
  yield ["every pair of ASCII characters", ascii.flatMap((a) => ascii.map((b) => a + b))];
  const latin = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i));
  yield ["every character from U+0000 to U+00FF", latin];

  const kinds = [..." \n\r\taAsS'\u5b571\u0301!/\u017f\u3000\ufeff\x85"];
  const pairs = kinds.flatMap((a) => kinds.map((b) => a + b));
  const rows = pairs.flatMap((a) => pairs.map((b) => a + b));
  yield ["every row of four characters of each kind", rows];

  const codePoints = Array.from({ length: 0x32c00 }, (_, i) => i).filter((c) => !isSurrogate(c));
  const among = codePoints.map((c) => String.fromCodePoint(c)).map((c) => `x${c} ${c}1${c}`);
  yield ["every character among others", among];

  const below = randomBelow(2026);
  yield ["random text", Array.from({ length: 4000 }, () => randomText(below))];
}

function randomText(below: (n: number) => number): string {
  const ranges = [
    [0x00, 0x80],
    [0x20, 0x7f],
    [0x80, 0x250],
    [0x370, 0x530],
    [0x600, 0xe80],
    [0x2000, 0x2500],
    [0x4e00, 0x9fff],
    [0xac00, 0xd7a4],
    [0x1f300, 0x1fa00],
    [0, 0x110000],
  ];
  let text = "";
  for (let runs = below(12); runs > 0; runs--) {
    const [low, high] = ranges[below(ranges.length)];
    for (let length = 1 + below(5); length > 0; length--) {
      text += String.fromCodePoint(low + below(high - low)); // perhaps half a surrogate pair
    }
  }
  return text;
}

function randomBelow(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state * 48271) % 0x7fffffff;
    return state % n;
  };
}

function isSurrogate(codePoint: number): boolean {
  return codePoint >= 0xd800 && codePoint <= 0xdfff;
}

function fixture<T>(name: string): T {
  const path = new URL(`../../../test/fixtures/tokenizer/bpe/${name}`, import.meta.url);
  return JSON.parse(readFileSync(path, "utf8"));
}
