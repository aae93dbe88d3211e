import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CharTokenizer, loadEncoding } from "../tokenizer/index.ts";
import { runCaptured } from "./testing/captured-terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "tokenizer-encode-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const encode = (...words: string[]) => runCaptured(["tokenizer", "encode", ...words]);
const fine = (output: string) => ({ exitCode: 0, output, errors: "" });

test("--text gives the ids that tiktoken gives", async () => {
  // As in the book's chapter 2, and in tiktoken's own README and tests.
  expect(await encode("--encoding", "gpt2", "--text", "Every effort moves you")).toEqual(
    fine("6109 3626 6100 345\n"),
  );
  expect(await encode("--encoding", "cl100k_base", "--text", "hello world", "--json")).toEqual(
    fine("[15339,1917]\n"),
  );
});

test("--json FILE is one JSON array of ids", async () => {
  const path = write("hello.txt", "hello world");
  const { output } = await encode("--encoding", "cl100k_base", "--json", path);
  expect(JSON.parse(output)).toEqual([15339, 1917]);
});

test("no file, or -, is standard input; several texts are a line each, an empty one too", async () => {
  const words = ["tokenizer", "encode", "--encoding", "gpt2"];
  expect(await runCaptured(words, { stdin: "hello" })).toEqual(fine("31373\n"));
  const [a, b] = [write("a.txt", "hello"), write("empty.txt", "")];
  expect(await runCaptured([...words, a, b, "-"], { stdin: "hello" })).toEqual(
    fine("31373\n\n31373\n"),
  );
  expect(await encode("--encoding", "gpt2", "--json", b)).toEqual(fine("[]\n"));
});

test("a file is read exactly: the mark at its start, zero bytes, and text longer than a chunk", async () => {
  const text = `\ufeffa\0b\r\n${"Ein Satz, noch ein Satz. 中文。".repeat(20_000)}`;
  const tokenizer = await loadEncoding("o200k_base");
  const { output } = await encode("--encoding", "o200k_base", "--json", write("long.txt", text));
  expect(JSON.parse(output)).toEqual([...tokenizer.encode(text)]);
});

test("special tokens are errors that say where, ids, or text", async () => {
  const path = write("special.txt", `${"word\n".repeat(40_000)}<|endoftext|>`);
  const base = ["--encoding", "gpt2", "--json", path];
  const { exitCode, errors } = await encode(...base);
  expect(exitCode).toBe(1);
  expect(errors).toContain(
    `${path}: expected text without special tokens, got "<|endoftext|>" at offset 200000.`,
  );
  const ids = async (...words: string[]) => JSON.parse((await encode(...base, ...words)).output);
  expect((await ids("--allow-special", "<|endoftext|>")).at(-1)).toBe(50256);
  expect((await ids("--allow-special", "all")).at(-1)).toBe(50256);
  const text = [27, 91, 437, 1659, 5239, 91, 29]; // < | end of text | >
  expect((await ids("--special-as-text")).slice(-7)).toEqual(text);
});

test("--tokenizer takes a tokenizer.json, or a folder that has one", async () => {
  const tokenizer = CharTokenizer.fromText("abc");
  const path = write("tokenizer.json", JSON.stringify(tokenizer.toJson()));
  for (const where of [path, folder]) {
    expect(await encode("--tokenizer", where, "--text", "cab")).toEqual(fine("2 0 1\n"));
  }
});

test.each([
  [[], "tokenizer: expected --encoding or --tokenizer, got neither."],
  [["--encoding", "gpt2", "--tokenizer", "x"], "got both."],
  [["--encoding", "gtp2"], "--encoding: expected one of gpt2, r50k_base"],
  [["--tokenizer", "gpt2"], "got nothing. Write --encoding gpt2."],
  [
    ["--tokenizer", "src/cli"],
    "src/cli: expected a folder with a tokenizer.json, got one without.",
  ],
  [["--encoding", "gpt2", "--text", "a", "b.txt"], "--text: expected no files beside it, got 1."],
  [
    ["--encoding", "gpt2", "nowhere.txt"],
    "nowhere.txt: expected a file that can be read, got nothing",
  ],
  [["--encoding", "gpt2", "--allow-special", "<|endoftxt|>"], "Did you mean <|endoftext|>?"],
])("%j is one line", async (words, message) => {
  const { exitCode, output, errors } = await encode(...words);
  expect([exitCode, output]).toEqual([1, ""]);
  expect(errors).toContain(message);
  expect(errors.split("\n")).toHaveLength(2);
});

test("what is no UTF-8 is named with its byte", async () => {
  const path = write("latin1.txt", Uint8Array.of(97, 0xe4, 98));
  expect((await encode("--encoding", "gpt2", path)).errors).toContain(
    `${path}: expected UTF-8 text, got an invalid byte sequence at byte offset 1`,
  );
});
