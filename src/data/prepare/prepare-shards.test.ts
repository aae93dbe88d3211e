import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { trainBytePair } from "../../tokenizer/index.ts";
import { openCorpus } from "../open-corpus.ts";
import { openTokenShards } from "../token-shards.ts";
import { prepareShards } from "./prepare-shards.ts";
import type { PrepareOptions } from "./prepare-shards.ts";

const folder = mkdtempSync(join(tmpdir(), "prepare-shards-"));
afterAll(() => rmSync(folder, { recursive: true }));

const endOfText = "<|endoftext|>";
const words = "It was the best of times, it was the worst of times 中文 naïve 🐳\r\n\t";
const tokenizer = await trainBytePair([words.repeat(50)], {
  vocabSize: 300,
  specialTokens: [endOfText],
});
const separator = tokenizer.specialTokens.get(endOfText)!;
const encode = (text: string) => [...tokenizer.encode(text, { disallowedSpecial: [] }), separator];

/** Text in which no stretch is like another. */
const longText = (length: number, seed: number) =>
  Array.from(
    { length },
    (_, i) => `${words.slice((i * seed) % 40)}${(i * 7919 * seed) % 10_007}`,
  ).join("");

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

let numFolders = 0;
const newFolder = () => join(folder, `out-${numFolders++}`);

async function prepare(files: string[], out: string, options: Partial<PrepareOptions> = {}) {
  const corpus = await openCorpus(files);
  try {
    const given = { tokenizer, endOfText: [separator], shardTokens: 200_000 };
    return await prepareShards(corpus, out, { ...given, ...options });
  } finally {
    await corpus.close();
  }
}

async function idsIn(out: string): Promise<Int32Array> {
  const tokens = await openTokenShards(out, tokenizer);
  const ids = new Int32Array(tokens.length);
  tokens.read(0, ids.length, ids);
  tokens.close();
  return ids;
}

/** Content of all files of a folder. */
const contents = (out: string) =>
  readdirSync(out)
    .sort()
    .map((name) => [name, readFileSync(join(out, name)).toString("base64")]);

const a = write("a.txt", `\ufeff${longText(40_000, 3)}`);
const b = write("b.txt", "short");
const c = write(
  "c.jsonl",
  `{"text": ${JSON.stringify(longText(300, 5))}}\n\n{"text": "<|endoftext|>"}`,
);
const expected = [
  ...encode(readFileSync(a, "utf8").slice(1)),
  ...encode("short"),
  ...[longText(300, 5), endOfText].flatMap(encode),
];

test("shards hold the ids of all documents, each with the separator behind it", async () => {
  const out = newFolder();
  const report = await prepare([a, b, c], out);
  expect((await idsIn(out)).join() === expected.join()).toBe(true);
  const numShards = Math.ceil(expected.length / 200_000);
  expect(numShards).toBeGreaterThan(2);
  expect(report).toMatchObject({ numShards, numTokens: expected.length, numDocuments: 4 });
  const shards = readdirSync(out).filter((name) => name.endsWith(".bin"));
  expect(shards).toHaveLength(numShards);
  const header = readFileSync(join(out, shards[0])).subarray(16, 4096).toString();
  expect(JSON.parse(header)).toMatchObject({
    dtype: "uint16",
    tokenCount: 200_000,
    vocabSize: tokenizer.vocabSize,
  });
});

test("a window that lies in several shards is read as one", async () => {
  const out = newFolder();
  await prepare([b, b, b, b], out, { shardTokens: 3 });
  const tokens = await openTokenShards(out);
  const all = [b, b, b, b].flatMap(() => encode("short"));
  for (let start = 0; start < all.length; start++) {
    const window = new Int32Array(all.length - start);
    tokens.read(start, window.length, window);
    expect([...window]).toEqual(all.slice(start));
  }
  tokens.close();
});

test("a prepare that is stopped anywhere goes on to the same bytes", async () => {
  const whole = newFolder();
  await prepare([a, b, c], whole);
  const out = newFolder();
  for (let numStops = 0; ; numStops++) {
    const controller = new AbortController();
    let numBlocks = 0;
    // Each sitting gets one block further than it takes to finish a shard.
    const onProgress = () => void (++numBlocks === 3 && controller.abort(new Error("stop")));
    const attempt = prepare([a, b, c], out, { signal: controller.signal, onProgress });
    const outcome = await attempt.then(
      (report) => report,
      (error: Error) => error.message,
    );
    if (outcome !== "stop") {
      expect(numStops).toBeGreaterThan(1);
      expect(outcome).toMatchObject({ numTokens: expected.length, numDocuments: 4 });
      break;
    }
    writeFileSync(join(out, ".shard-00009.bin.0123456789ab.tmp"), "what a kill leaves");
    await expect(openTokenShards(out)).rejects.toThrow(/of a prepare that was stopped/);
  }
  expect(contents(out)).toEqual(contents(whole));
});

test("what is done is not done again", async () => {
  const out = newFolder();
  await prepare([b], out);
  expect(await prepare([b], out)).toMatchObject({
    numTokens: encode("short").length,
    readBytes: 0,
  });
});

test("a separator divides plain text into documents", async () => {
  const out = newFolder();
  const path = write("stories.txt", `one${endOfText}\n${endOfText}two\n${endOfText}\n`);
  const report = await prepare([path], out, { documentSeparator: endOfText });
  expect(report.numDocuments).toBe(2);
  expect([...(await idsIn(out))]).toEqual([...encode("one"), ...encode("two\n")]);
});

test("another recipe is refused, and --overwrite starts anew", async () => {
  const out = newFolder();
  await prepare([b], out);
  await expect(prepare([a], out)).rejects.toThrow(/got other files, or files of other sizes/);
  await expect(prepare([b], out, { shardTokens: 7 })).rejects.toThrow(/got other --shard-tokens/);
  await prepare([b, b], out, { overwrite: true });
  expect([...(await idsIn(out))]).toEqual([...encode("short"), ...encode("short")]);
});

test("a folder with something else in it is left alone", async () => {
  const out = mkdtempSync(join(folder, "other-"));
  writeFileSync(join(out, "thesis.tex"), "");
  for (const overwrite of [false, true]) {
    await expect(prepare([b], out, { overwrite })).rejects.toThrow(/got one with thesis\.tex/);
  }
  expect(readdirSync(out)).toEqual(["thesis.tex"]);
});

test.each([
  [
    "bad.jsonl",
    `{"text": "fine"}\n{"txt": "no"}`,
    /bad\.jsonl: expected a JSON object with text in "text" in the line at byte 17, got "\{/,
  ],
  [
    "latin1.txt",
    Uint8Array.of(97, 0xe4, 98),
    /latin1\.txt: expected UTF-8 text, got an invalid byte sequence at byte offset 1/,
  ],
  ["blank.jsonl", "\n\n", /expected documents, got none but blank lines/],
])("%s leaves nothing behind", async (name, content, message) => {
  const out = newFolder();
  await expect(
    prepare([b, write(name, content)].slice(name === "blank.jsonl" ? 1 : 0), out),
  ).rejects.toThrow(message);
  expect(() => readdirSync(out)).toThrow(/ENOENT/);
});

test("bad input behind finished shards leaves those, and no part of another", async () => {
  const out = newFolder();
  await expect(prepare([a, write("late.txt", Uint8Array.of(0xff))], out)).rejects.toThrow(
    /late\.txt/,
  );
  const names = readdirSync(out);
  const isFinished = (name: string) =>
    /^(shard-\d{5}\.bin|prepared\.json|tokenizer\.json)$/.test(name);
  expect(names.filter((name) => !isFinished(name))).toEqual([]);
  expect(names.length).toBeGreaterThan(2);
});
