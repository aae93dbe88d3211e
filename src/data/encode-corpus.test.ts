import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { CharTokenizer, SimpleTokenizerV1, SimpleTokenizerV2 } from "../tokenizer/index.ts";
import { type Corpus, corpusText, type Progress, textCorpus } from "./corpus.ts";
import { encodeCorpus } from "./encode-corpus.ts";
import { TokenFileSink } from "./token-file.ts";
import { MemoryTokenSink, type TokenSource } from "./token-source.ts";

const folder = mkdtempSync(join(tmpdir(), "scratchlm-encode-"));
afterAll(() => rmSync(folder, { recursive: true }));

function idsOf(tokens: TokenSource): number[] {
  const out = new Int32Array(tokens.length);
  tokens.read(0, tokens.length, out);
  return [...out];
}

/** A document in chunks that are cut anywhere between characters. */
function inChunks(...parts: string[]): Corpus {
  const document = {
    name: "book.txt",
    sizeBytes: parts.join("").length,
    async *chunks() {
      for (const text of parts) yield { text, sizeBytes: text.length };
    },
  };
  return { documents: [document], sizeBytes: document.sizeBytes, skipped: [], async close() {} };
}

test("chunks give the ids of the whole text, for every tokenizer", async () => {
  const part = fc.constantFrom("a", "bc", "--", "-", ",", " ", "\n", "(x)", "🐳", "'s");
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(part)), async (chunks) => {
      const texts = chunks.map((parts) => parts.join(""));
      const whole = texts.join("");
      for (const kind of [CharTokenizer, SimpleTokenizerV1, SimpleTokenizerV2]) {
        const tokenizer = kind.fromText(whole);
        const tokens = await encodeCorpus(inChunks(...texts), tokenizer);
        expect(idsOf(tokens)).toEqual([...tokenizer.encode(whole)]);
      }
    }),
  );
});

test("memory and file hold the same ids, documents in order with what separates them", async () => {
  const texts = ["the first", "the second ".repeat(30_000), "the third"];
  const tokenizer = SimpleTokenizerV2.fromText(texts.join(" "));
  const separator = tokenizer.encode("<|endoftext|>");
  const expected = texts.flatMap((text) => [...tokenizer.encode(text), ...separator]);

  const memory = await encodeCorpus(textCorpus(...texts), tokenizer, { separator });
  expect(idsOf(memory)).toEqual(expected);

  const sink = await TokenFileSink.create(join(folder, "tokens"), tokenizer);
  const file = await encodeCorpus(textCorpus(...texts), tokenizer, { separator, sink });
  expect(idsOf(file)).toEqual(expected);
  file.close();
});

test("a vocabulary and its ids come from two passes over the same corpus", async () => {
  const corpus = textCorpus("Call me ", "Ishmael 🐳");
  const tokenizer = await CharTokenizer.fromChunks(corpusText(corpus));
  const tokens = await encodeCorpus(corpus, tokenizer);
  expect(tokenizer.decode(idsOf(tokens))).toBe("Call me Ishmael 🐳");
});

test("memory grows with the ids, small or large", async () => {
  for (const vocabSize of [1 << 16, (1 << 16) + 1]) {
    const sink = new MemoryTokenSink(vocabSize);
    const ids = Uint32Array.from({ length: 700_000 }, (_, i) => i % vocabSize);
    for (let i = 0; i < 4; i++) await sink.write(ids);
    const tokens = await sink.finish();
    expect(tokens.length).toBe(4 * ids.length);
    const expected = Int32Array.from([...ids, ...ids, ...ids, ...ids]);
    for (const start of [0, 1, (1 << 20) - 1, 1 << 20, 1_500_000]) {
      const out = new Int32Array(1_300_000); // across the border of two blocks
      tokens.read(start, out.length, out);
      expect(
        Buffer.from(out.buffer).equals(
          Buffer.from(expected.slice(start, start + out.length).buffer),
        ),
      ).toBe(true);
    }
  }
});

test("progress ends at the size of the corpus and never goes back", async () => {
  const corpus = textCorpus("é".repeat(200_000), "b");
  const seen: Progress[] = [];
  await encodeCorpus(corpus, CharTokenizer.fromText("éb"), { onProgress: (p) => seen.push(p) });
  expect(seen.length).toBeGreaterThan(3);
  expect(seen.map(({ doneBytes }) => doneBytes)).toEqual(
    seen.map(({ doneBytes }) => doneBytes).sort((a, b) => a - b),
  );
  expect(seen.at(-1)).toEqual({ doneBytes: 400_001, totalBytes: 400_001 });
});

test("the event loop gets its turns", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++);
  await encodeCorpus(textCorpus("word ".repeat(1_000_000)), SimpleTokenizerV1.fromText("word"));
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0); // without yielding, chunks in memory would never let a timer fire
});

test("an unknown character names its document and its place there, and leaves no file", async () => {
  const path = join(folder, "unknown");
  const tokenizer = CharTokenizer.fromText("abc");
  const sink = await TokenFileSink.create(path, tokenizer);
  await expect(encodeCorpus(inChunks("abc", "ab", "c?"), tokenizer, { sink })).rejects.toThrow(
    'book.txt: expected text of the vocabulary, got unknown character "?" (U+003F) at offset 6.',
  );
  const words = SimpleTokenizerV1.fromText("a b");
  await expect(encodeCorpus(inChunks("a b ", "a", "c", " b"), words)).rejects.toThrow(
    'unknown word "ac" at offset 4.',
  );
  expect(readdirSync(folder).filter((name) => name.startsWith("unknown"))).toEqual([]);
});

test("aborting stops with the signal's reason and leaves no file", async () => {
  const tokenizer = CharTokenizer.fromText("a");
  const controller = new AbortController();
  const sink = await TokenFileSink.create(join(folder, "aborted"), tokenizer);
  const work = encodeCorpus(textCorpus("a".repeat(1 << 20)), tokenizer, {
    sink,
    signal: controller.signal,
    onProgress: () => controller.abort(new Error("enough")),
  });
  await expect(work).rejects.toThrow("enough");
  expect(readdirSync(folder).filter((name) => name.startsWith("aborted"))).toEqual([]);
});

test("text without a place to cut is an error instead of an overflow", async () => {
  const endless = inChunks(...new Array<string>(9).fill("x".repeat(1 << 20)));
  await expect(encodeCorpus(endless, SimpleTokenizerV1.fromText("x"))).rejects.toThrow(
    "book.txt: expected a space at least every 4194304 characters, got none.",
  );
});
