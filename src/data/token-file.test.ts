import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { CharTokenizer, SimpleTokenizerV1, type Tokenizer } from "../tokenizer/index.ts";
import { openTokenFile, TokenFileSink } from "./token-file.ts";

const folder = mkdtempSync(join(tmpdir(), "scratchlm-tokens-"));
afterAll(() => rmSync(folder, { recursive: true }));

const tokenizer = CharTokenizer.fromText("abc");

/** A tokenizer with that many tokens: the first code points that are whole characters. */
function tokenizerOf(vocabSize: number): CharTokenizer {
  const characters = Array.from({ length: vocabSize }, (_, i) =>
    String.fromCodePoint(i < 0xd800 ? i : i + 0x800),
  );
  return new CharTokenizer(characters);
}

async function write(name: string, tokenizer: Tokenizer, pieces: ArrayLike<number>[]) {
  const path = join(folder, name);
  const sink = await TokenFileSink.create(path, tokenizer);
  for (const ids of pieces) await sink.write(Uint32Array.from(ids));
  return sink.finish();
}

test("every window of what was written is read back, with 2 or 4 bytes a token", async () => {
  const tokenizers = [3, 65_536, 65_537].map(tokenizerOf);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...tokenizers),
      fc.nat(),
      fc.nat(),
      async (tokenizer, a, b) => {
        const { vocabSize } = tokenizer;
        const id = fc.integer({ min: 0, max: vocabSize - 1 });
        const pieces = fc.sample(fc.array(fc.array(id)), { numRuns: 1, seed: a })[0];
        const ids = [...pieces.flat(), vocabSize - 1];
        const file = await write("property", tokenizer, [...pieces, [vocabSize - 1]]);
        expect(file.length).toBe(ids.length);
        const start = a % ids.length;
        const count = b % (ids.length - start + 1);
        const out = new Int32Array(count + 1).fill(-1);
        file.read(start, count, out);
        expect([...out]).toEqual([...ids.slice(start, start + count), -1]);
        const bytes = vocabSize <= 65_536 ? 2 : 4;
        expect(readFileSync(file.path).length).toBe(4096 + bytes * ids.length);
        file.close();
      },
    ),
    { numRuns: 30 },
  );
});

test("the bytes are those of NumPy's little-endian arrays after a page of header", async () => {
  const file = await write("bytes", tokenizerOf(300), [[1, 258], [299]]);
  const bytes = readFileSync(file.path);
  expect(bytes.subarray(0, 16).toString("latin1")).toBe("SLMTOKEN\x01\0\0\0\0\x10\0\0");
  expect([...bytes.subarray(4096)]).toEqual([1, 0, 2, 1, 43, 1]);
  expect(JSON.parse(bytes.subarray(16, 4096).toString())).toEqual({
    dtype: "uint16",
    tokenCount: 3,
    vocabSize: 300,
    tokenizer: { name: "CharTokenizer", sha256: file.header.tokenizer.sha256 },
  });
  file.close();
});

test("a file knows its tokenizer and refuses another", async () => {
  const { path } = await write("whose", tokenizer, [[0, 1, 2]]);
  expect(openTokenFile(path, CharTokenizer.fromText("cba")).length).toBe(3);
  expect(() => openTokenFile(path, CharTokenizer.fromText("abd"))).toThrow(
    "expected ids of this CharTokenizer, got those of another tokenizer (CharTokenizer, 3 tokens).",
  );
  expect(() => openTokenFile(path, SimpleTokenizerV1.fromText("a b c"))).toThrow(UserError);
});

test("a file appears only when it is finished, and an older one stays until then", async () => {
  const old = await write("old", tokenizer, [[0]]);
  const sink = await TokenFileSink.create(old.path, tokenizer);
  await sink.write(Uint32Array.of(1, 2));
  expect(openTokenFile(old.path).length).toBe(1);
  await sink.discard();
  expect(readdirSync(folder).filter((name) => name.includes("old"))).toEqual(["old"]);
  expect(openTokenFile(old.path).length).toBe(1);
});

test.each([
  [
    "cut short",
    (path: string) => truncateSync(path, 4100),
    "got one of 4100 bytes instead of 4102.",
  ],
  ["cut in its header", (path: string) => truncateSync(path, 30), "got a damaged header."],
  ["empty", (path: string) => truncateSync(path, 0), "got another kind of file."],
  [
    "a text",
    (path: string) => writeFileSync(path, "Call me Ishmael, some years ago"),
    "got another kind",
  ],
  ["of a later version", (path: string) => setByte(path, 8, 2), "got format version 2, not 1."],
  ["damaged in its header", (path: string) => setByte(path, 16, 0), "got a damaged header."],
])("a file that is %s is one clear error", async (_what, damage, message) => {
  const file = await write("damaged", tokenizer, [[0, 1, 2]]);
  file.close();
  damage(file.path);
  expect(() => openTokenFile(file.path)).toThrow(message);
  expect(() => openTokenFile(file.path)).toThrow(UserError);
});

function setByte(path: string, at: number, value: number): void {
  const bytes = readFileSync(path);
  bytes[at] = value;
  writeFileSync(path, bytes);
}

test("a path that cannot be used is one clear error", async () => {
  expect(() => openTokenFile(join(folder, "missing"))).toThrow(
    "expected a token file, got nothing at that path.",
  );
  expect(() => openTokenFile(folder)).toThrow("expected a token file, got a folder.");
  await expect(TokenFileSink.create(join(folder, "no/where"), tokenizer)).rejects.toThrow(
    "expected a place to write token ids, got nothing at that path.",
  );
});

test("reading outside the file and ids outside the vocabulary are bugs, not silence", async () => {
  const file = await write("range", tokenizer, [[0, 1, 2]]);
  expect(() => file.read(2, 2, new Int32Array(2))).toThrow(RangeError);
  expect(() => file.read(-1, 1, new Int32Array(2))).toThrow(RangeError);
  await expect(write("range", tokenizer, [[0, 3]])).rejects.toThrow("expected ids below 3, got 3");
});
