import { spawn } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { type Corpus, corpusText, type Progress, textCorpus } from "./corpus.ts";
import { expandGlob } from "./glob.ts";
import { openCorpus } from "./open-corpus.ts";

let folder: string;
const at = (path: string) => join(folder, path);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "scratchlm-corpus-"));
  const files = {
    "b.txt": "second\n",
    "a.txt": "first\n",
    "a.md": "# prose\n",
    "empty.txt": "",
    ".hidden.txt": "hidden\n",
    "what?.text": "odd name\n",
    "deep/c.txt": "third\n",
    "deep/er/d.txt": "fourth 🐳\n",
    ".git/e.txt": "not this\n",
    "binary.bin": "a\0b",
    "long.text": "añb🐳".repeat(50_000),
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  }
  writeFileSync(at("latin1.csv"), Buffer.from("café au lait", "latin1"));
  symlinkSync(at("deep"), at("deep/er/loop"));
  symlinkSync(at("a.txt"), at("deep/link.txt"));
  symlinkSync(at("nowhere"), at("deep/dangling.txt"));
});

afterAll(() => rmSync(folder, { recursive: true }));

async function textOf(corpus: Corpus): Promise<string> {
  let text = "";
  for await (const part of corpusText(corpus)) text += part;
  return text;
}

const names = (corpus: Corpus) => corpus.documents.map(({ name }) => name.slice(folder.length + 1));

test("files come in the order named, and as often", async () => {
  const corpus = await openCorpus([at("b.txt"), at("a.txt"), at("b.txt")]);
  expect(names(corpus)).toEqual(["b.txt", "a.txt", "b.txt"]);
  expect(corpus.sizeBytes).toBe(20);
  expect(await textOf(corpus)).toBe("second\nfirst\nsecond\n");
});

test.each([
  ["*.txt", ["a.txt", "b.txt"]],
  ["?.*", ["a.md", "a.txt", "b.txt"]],
  [".*.txt", [".hidden.txt"]],
  ["**/*.txt", ["a.txt", "b.txt", "deep/c.txt", "deep/er/d.txt", "deep/link.txt"]],
  ["deep/**", ["deep/c.txt", "deep/er/d.txt", "deep/link.txt"]],
  ["**/er/*", ["deep/er/d.txt"]],
  ["d*p/?.txt", ["deep/c.txt"]],
  ["**/d.txt", ["deep/er/d.txt"]],
])("the pattern %s gives sorted files", async (pattern, expected) => {
  const corpus = await openCorpus([at(pattern)]);
  expect(names(corpus)).toEqual(expected);
});

test("a pattern may start at the current folder", async () => {
  expect(await expandGlob("src/data/ope*.test.ts")).toEqual(["src/data/open-corpus.test.ts"]);
  expect(await expandGlob("./src/**/open-corpus.ts")).toEqual(["./src/data/open-corpus.ts"]);
});

test("empty files that a pattern matches are skipped and named", async () => {
  expect((await openCorpus([at("*.txt")])).skipped).toEqual([at("empty.txt")]);
});

test("a file whose name looks like a pattern is that file", async () => {
  expect(names(await openCorpus([at("what?.text")]))).toEqual(["what?.text"]);
});

test("a file longer than a chunk is read in chunks, as often as one likes, with progress", async () => {
  const corpus = await openCorpus([at("long.text"), at("a.txt")]);
  for (let time = 0; time < 2; time++) {
    const progress: Progress[] = [];
    const parts = [];
    for await (const part of corpusText(corpus, { onProgress: (p) => progress.push(p) }))
      parts.push(part);
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.join("")).toBe("añb🐳".repeat(50_000) + "first\n");
    expect(progress.at(-1)).toEqual({ doneBytes: corpus.sizeBytes, totalBytes: corpus.sizeBytes });
  }
});

test("standard input is read as often as one likes and leaves no file", async () => {
  const before = temporaryFiles();
  const pieces = [Buffer.from("one 🐳").subarray(0, 6), Buffer.from("one 🐳").subarray(6), " two"];
  const corpus = await openCorpus(["-", at("a.txt")], { stdin: Readable.from(pieces) });
  expect(corpus.sizeBytes).toBe(18);
  for (let time = 0; time < 2; time++) expect(await textOf(corpus)).toBe("one 🐳 twofirst\n");
  await corpus.close();
  expect(temporaryFiles()).toEqual(before);
});

const temporaryFiles = () =>
  readdirSync(tmpdir()).filter((name) => /^scratchlm-[0-9a-f-]{36}$/.test(name));

test.skipIf(process.platform === "win32")("a pipe is read like standard input", async () => {
  const child = spawn("mkfifo", [at("pipe")]);
  await new Promise((resolve) => child.on("close", resolve));
  const writer = spawn("sh", ["-c", `cat "$0" > "$1"`, at("a.txt"), at("pipe")]);
  const exitCode = new Promise((resolve) => writer.on("close", resolve));
  const corpus = await openCorpus([at("pipe")]);
  expect(await textOf(corpus)).toBe("first\n");
  await corpus.close();
  expect(await exitCode).toBe(0);
});

test.each([
  ["missing.txt", "missing.txt: expected a text file, got nothing at that path. Check the path."],
  ["a.txt/b", "a.txt/b: expected a text file, got a path that leads through a file."],
  ["deep", 'deep: expected a text file, got a folder. Name its files, for example "'],
  ["empty.txt", "empty.txt: expected text, got an empty file."],
  ["*.zip", "*.zip: expected files that match, got none. Check the pattern"],
  ["nowhere/**/*.txt", "expected files that match, got none."],
  ["empty.*", "empty.*: expected files that match, got 1 empty ones."],
])("opening %s is one clear error", async (path, message) => {
  const error = await openCorpus([at(path)]).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toContain(message);
  expect((error as UserError).message).not.toContain("\n");
});

test.each([
  ["binary.bin", "binary.bin: expected text, got a zero byte at offset 1"],
  ["latin1.csv", "latin1.csv: expected UTF-8 text, got an invalid byte sequence at byte offset 3."],
])("reading %s is one clear error", async (path, message) => {
  const corpus = await openCorpus([at("a.txt"), at(path)]);
  await expect(textOf(corpus)).rejects.toThrow(message);
});

test.skipIf(process.platform === "win32")(
  "a file without permission is one clear error",
  async () => {
    chmodSync(folder, 0o755);
    writeFileSync(at("secret.txt"), "secret", { mode: 0 });
    const isRoot = process.geteuid?.() === 0; // who may read everything
    if (isRoot) process.seteuid?.(65534);
    try {
      for (const path of ["secret.txt", "secret.*"]) {
        await expect(openCorpus([at(path)])).rejects.toThrow(
          "secret.txt: expected a text file, got no permission.",
        );
      }
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  },
);

test("nothing on standard input, and no file at all, are clear errors", async () => {
  await expect(openCorpus(["-"], { stdin: Readable.from([]) })).rejects.toThrow(
    "standard input: expected text, got an empty file. Pipe text into it.",
  );
  await expect(openCorpus([])).rejects.toThrow(UserError);
});

test("a corpus can be of texts in memory", async () => {
  const long = "é🐳".repeat(100_000);
  const corpus = textCorpus("one", long, "three");
  expect(corpus.sizeBytes).toBe(3 + 600_000 + 5);
  const parts = [];
  for await (const part of corpusText(corpus)) parts.push(part);
  expect(parts.some((part) => /\p{Surrogate}/u.test(part))).toBe(false);
  expect(parts.join("")).toBe(`one${long}three`);
});

test("reading stops when the signal says so", async () => {
  const controller = new AbortController();
  const parts = corpusText(textCorpus("a".repeat(1 << 20)), { signal: controller.signal });
  await parts.next();
  controller.abort(new Error("enough"));
  await expect(parts.next()).rejects.toThrow("enough");
});

test("a signal ends the wait for a stream that goes on for ever", async () => {
  const controller = new AbortController();
  const stdin = new Readable({ read: () => void setImmediate(() => controller.abort()) });
  await expect(openCorpus(["-"], { stdin, signal: controller.signal })).rejects.toThrow("aborted");
  expect(stdin.destroyed).toBe(true);
});
