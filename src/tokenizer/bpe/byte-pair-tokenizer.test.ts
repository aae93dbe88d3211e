/** @file What holds for every text, on a real vocabulary; that ids are right is tested against tiktoken in ../openai. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadTokenizer } from "../load-tokenizer.ts";
import { BytePairTokenizer } from "./byte-pair-tokenizer.ts";
import { encodeStream } from "./encode-stream.ts";
import { MergeTable, RankMerges } from "./merges.ts";
import { loadEncoding } from "../openai/load-encoding.ts";

const gpt2 = await loadEncoding("gpt2");
const encodings = [gpt2, await loadEncoding("cl100k_base"), await loadEncoding("o200k_base")];

/** Text in which all kinds of pieces meet: letters of all cases, digits, spaces, breaks, contractions, marks, emoji, half pairs. */
const character = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(..." \n\r\tabAs'12!/.\u0301\u017f\u3000\ufeff\x85字é") },
  { weight: 2, arbitrary: fc.constantFrom("👍", "👩‍👩‍👧", "<|endoftext|>", "<|endof", "'ll", "   ") },
  { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0xd800, max: 0xdfff }).map((c) => String.fromCharCode(c)),
  },
);
const text = fc.array(character, { maxLength: 30 }).map((characters) => characters.join(""));
/** The text with U+FFFD for each half of a surrogate pair. */
const wellFormed = (text: string) =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text));

const plain = { disallowedSpecial: [] };
const everySpecial = { allowedSpecial: "all" } as const;

describe.each(encodings)("$name", (encoding) => {
  test("decoding gives the text back, with U+FFFD for half surrogate pairs", () => {
    fc.assert(
      fc.property(text, (text) => {
        expect(encoding.decode(encoding.encode(text, plain))).toBe(wellFormed(text));
        expect(encoding.decode(encoding.encode(text, everySpecial))).toBe(wellFormed(text));
      }),
    );
  });

  test("a text that comes in pieces gives the ids of the whole text", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), (pieces) => {
        const whole = pieces.join("");
        for (const options of [plain, everySpecial]) {
          const ids = [...encoding.encodeStream(pieces, options)].flatMap((part) => [...part]);
          expect(ids).toEqual([...encoding.encode(whole, options)]);
        }
      }),
    );
  });

  test("text cut at the cut point gives the same ids, whatever follows", () => {
    fc.assert(
      fc.property(text, text, (start, rest) => {
        const cut = encoding.cutPoint(start);
        const whole = start + rest;
        for (const options of [plain, everySpecial]) {
          const sides = [whole.slice(0, cut), whole.slice(cut)];
          const ids = sides.flatMap((side) => [...encoding.encode(side, options)]);
          expect(ids).toEqual([...encoding.encode(whole, options)]);
        }
      }),
    );
  });

  test("offsets cover the text, and hold whole characters", () => {
    fc.assert(
      fc.property(text, (text) => {
        const ids = encoding.encode(text, plain);
        const ranges = encoding.offsets(text, plain);
        expect(ranges.length).toBe(ids.length);
        let end = 0;
        ranges.forEach((range, i) => {
          expect(range[0]).toBeLessThanOrEqual(end);
          const part = wellFormed(text.slice(...range));
          expect(part).not.toBe("");
          const token = encoding.decode(ids.slice(i, i + 1));
          if (!token.includes("\ufffd")) expect(token).toBe(part);
          end = range[1];
        });
        expect(end).toBe(text.length);
      }),
    );
  });

  test("ids that come one by one give the text in whole characters", () => {
    fc.assert(
      fc.property(text, (text) => {
        const pieces = [...encoding.decodeStream(encoding.encode(text, plain))];
        expect(pieces.join("")).toBe(wellFormed(text));
        for (const piece of pieces) expect(piece).toBe(wellFormed(piece));
      }),
    );
  });

  test("counting agrees with encoding, and a limit is kept exactly", () => {
    fc.assert(
      fc.property(text, fc.nat(40), (text, limit) => {
        const count = encoding.encode(text, plain).length;
        expect(encoding.countTokens(text)).toBe(count);
        expect(encoding.isWithinLimit(text, limit)).toBe(count <= limit && count);
      }),
    );
  });

  test("bytes of tokens, joined, are the bytes of the text", () => {
    fc.assert(
      fc.property(text, (text) => {
        const ids = encoding.encode(text, plain);
        const bytes = [...ids].flatMap((id) => [...encoding.tokenBytes(id)]);
        expect(bytes).toEqual([...new TextEncoder().encode(text)]);
        expect([...encoding.decodeBytes(ids)]).toEqual(bytes);
      }),
    );
  });

  test("every token is found by its bytes", () => {
    const { tokens } = encoding.parts;
    for (let id = 0; id < tokens.size; id += 7) {
      if (tokens.lengthOf(id) === 0) continue;
      const bytes = tokens.bytesOf(id);
      expect(tokens.find(bytes, 0, bytes.length)).toBe(id);
    }
  });
});

test("texts longer than a chunk give the same ids as in one piece", () => {
  const lines = Array.from(
    { length: 9000 },
    (_, i) => `line ${i}: ${"word ".repeat(i % 7)}你好，世界\n`,
  );
  const whole = lines.join("");
  expect(whole.length).toBeGreaterThan(2 ** 17);
  const ids = [...gpt2.encodeStream(lines)].flatMap((part) => [...part]);
  expect(ids).toEqual([...gpt2.encode(whole)]);
  const uncut = "x".repeat(200_000);
  expect(gpt2.decode(gpt2.encode(uncut))).toBe(uncut);
});

describe("special tokens", () => {
  const marked = "one <|endoftext|> two";

  test("are an error that names the token and where it is", () => {
    expect(() => gpt2.encode(marked)).toThrow(
      'encode: expected text without special tokens, got "<|endoftext|>" at offset 4. ' +
        "Allow it with allowedSpecial, or pass disallowedSpecial: [] to encode it as ordinary text.",
    );
  });

  test("have their offset in the whole text when it comes in pieces", () => {
    const stream = gpt2.encodeStream(["some words before ", "it <|endof", "text|>"]);
    expect(() => [...stream]).toThrow('"<|endoftext|>" at offset 21.');
  });

  test("that are allowed become their id, by name or all", () => {
    const ids = [505, 220, 50256, 734];
    expect([...gpt2.encode(marked, everySpecial)]).toEqual(ids);
    expect([...gpt2.encode(marked, { allowedSpecial: ["<|endoftext|>"] })]).toEqual(ids);
    expect([...gpt2.encode(marked, { allowedSpecial: new Set(["<|endoftext|>"]) })]).toEqual(ids);
  });

  test("that are neither allowed nor disallowed are ordinary text", () => {
    expect(gpt2.encode(marked, plain)).toEqual(
      gpt2.encode(marked, { disallowedSpecial: new Set() }),
    );
    expect(gpt2.encode(marked, plain)).not.toContain(50256);
    expect(gpt2.countTokens(marked)).toBe(gpt2.encode(marked, plain).length);
    expect(gpt2.countTokens(marked, everySpecial)).toBe(4);
  });

  test("of other vocabularies are an error", () => {
    expect(() => gpt2.encode("", { allowedSpecial: ["<|im_start|>"] })).toThrow(
      'special tokens: expected any of <|endoftext|>, got "<|im_start|>". Use those of the vocabulary.',
    );
  });
});

describe("decoding", () => {
  const cl100k = encodings[1];

  test.each([[100256], [100277], [-1], [1.5], [NaN]])(
    "an id that has no token, %d, is an error",
    (id) => {
      expect(() => cl100k.decode([1, id])).toThrow(
        `decode: expected token ids of the vocabulary, below 100277, got ${id}. Use the tokenizer that made the ids.`,
      );
      expect(() => cl100k.tokenBytes(id)).toThrow("got " + id);
      expect(() => [...cl100k.decodeStream([id])]).toThrow("got " + id);
    },
  );

  test("keeps a byte order mark, and says U+FFFD for bytes that are no text", () => {
    expect(gpt2.decode(gpt2.encode("\ufeffa"))).toBe("\ufeffa");
    const thumb = gpt2.encode("👍");
    expect(gpt2.decode(thumb.slice(0, -1))).toBe("\ufffd");
    expect([...gpt2.decodeStream(thumb.slice(0, -1))]).toEqual(["\ufffd"]);
  });

  test("holds a character back until all of its bytes are there", () => {
    const ids = gpt2.encode("a👍b");
    expect(ids.length).toBeGreaterThan(3);
    expect([...gpt2.decodeStream(ids)]).toEqual(["a", "👍", "b"]);
  });
});

test("asynchronous pieces and ids are taken as they come", async () => {
  async function* later<T>(values: Iterable<T>): AsyncGenerator<T> {
    for (const value of values) yield await Promise.resolve(value);
  }
  const ids: number[] = [];
  for await (const part of gpt2.encodeStream(later(["Every eff", "ort moves ", "you"])))
    ids.push(...part);
  expect(ids).toEqual([6109, 3626, 6100, 345]);
  let joined = "";
  for await (const piece of gpt2.decodeStream(later(ids))) joined += piece;
  expect(joined).toBe("Every effort moves you");
});

test.each(encodings)("$name gives the same ids when characters start joined", (encoding) => {
  const { tokens, merges } = encoding.parts;
  const columns = [...merges.entries()];
  const [left, right, id] = [0, 1, 2].map((i) => columns.map((merge) => merge[i]));
  const listed = new BytePairTokenizer({
    ...encoding.parts,
    merges: new MergeTable(left, right, id),
  });
  const unjoined = new BytePairTokenizer({ ...encoding.parts, merges: new RankMerges(tokens) });
  // Neighbours of every kind, and characters that tokens hold in part.
  const anyText = fc.string({
    unit: fc.oneof(
      fc.integer({ min: 0x4e00, max: 0x9fff }).map((c) => String.fromCodePoint(c)),
      fc.integer({ min: 0x80, max: 0x33ff }).map((c) => String.fromCodePoint(c)),
      fc.integer({ min: 0xac00, max: 0xd7a3 }).map((c) => String.fromCodePoint(c)),
      fc.constantFrom(..." a。，的一是不了人我在👍é"),
    ),
    maxLength: 60,
  });
  fc.assert(
    fc.property(anyText, (text) => {
      const expected = unjoined.encode(text, plain);
      expect(encoding.encode(text, plain)).toEqual(expected);
      expect(listed.encode(text, plain)).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
});

test.each(encodings)("$name as a tokenizer.json gives the same ids", (encoding) => {
  const loaded = loadTokenizer(JSON.parse(JSON.stringify(encoding.toJson())));
  expect(loaded.vocabSize).toBe(encoding.vocabSize);
  fc.assert(
    fc.property(text, (text) => {
      expect(loaded.encode(text, plain)).toEqual(encoding.encode(text, plain));
      expect(loaded.encode(text, everySpecial)).toEqual(encoding.encode(text, everySpecial));
    }),
  );
});

test("a stream of single characters gives the ids of the whole", () => {
  for (const text of ["a".repeat(100_000), " ".repeat(100_000), "<|".repeat(50_000)]) {
    const ids = [...gpt2.encodeStream(text)].flatMap((part) => [...part]);
    expect(ids).toEqual([...gpt2.encode(text)]);
  }
});

test("a stream without a place to cut is searched in linear time", () => {
  const searchedIn = (length: number) => {
    let searched = 0;
    const encoder = {
      encode: (text: string) => new Uint32Array(text.length),
      cutPointAfter(text: string) {
        searched += text.length;
        return 0;
      },
    };
    const ids = [...(encodeStream(encoder, "a".repeat(length)) as Generator<Uint32Array>)];
    expect(ids.map((part) => part.length)).toEqual([length]);
    return searched;
  };
  expect(searchedIn(100_000)).toBeLessThan(2.2 * searchedIn(50_000));
});
