import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadTokenizer, readRankFile } from "../tokenizer/index.ts";
import { runCaptured } from "./testing/captured-terminal.ts";

const text = "the quick brown fox and the lazy dog: 他在那里。\n".repeat(50);

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tokenizer-train-"));
  await writeFile(at("text.txt"), text);
});
afterAll(() => rm(folder, { recursive: true }));

const train = (words: readonly string[], options = {}) =>
  runCaptured(["tokenizer", "train", at("text.txt"), ...words], options);
const readJson = async (path: string) => JSON.parse(await readFile(path, "utf8"));

test("a folder gets a tokenizer.json, and the end says where it is and what to do next", async () => {
  const { exitCode, output, errors } = await train(["--out", at("own"), "--vocab-size", "290"]);
  expect([exitCode, errors]).toEqual([0, ""]);
  expect(output).toMatch(/^290 tokens, 33 of them merged, from [\d.]+ kB of text in /);
  expect(output).toMatch(/\d\.\d\d bytes per token\.\nFirst merged: ".*"\nLast merged: {2}".*"\n/);
  expect(output).toContain(`scratchlm pretrain <files…> --tokenizer ${at("own/tokenizer.json")}`);
  const tokenizer = loadTokenizer(await readJson(at("own/tokenizer.json")));
  expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  expect(tokenizer.encode("<|endoftext|>")).toEqual(Uint32Array.of(0));
});

test("tiktoken's format, standard input, patterns, and a summary as JSON", async () => {
  const words = ["tokenizer", "train", "-", "--out", at("own.tiktoken"), "--vocab-size", "280"];
  const more = ["--special-tokens", "", "--pattern", "cl100k", "--min-frequency", "3", "--json"];
  const { exitCode, output } = await runCaptured([...words, ...more], { stdin: text });
  expect(exitCode).toBe(0);
  const summary = JSON.parse(output);
  expect(summary).toMatchObject({ path: at("own.tiktoken"), vocabSize: 280, numMerges: 24 });
  expect(summary.bytesPerToken).toBeGreaterThan(1);
  expect(readRankFile(await readFile(at("own.tiktoken"), "utf8")).size).toBe(280);
});

test("Ctrl-C leaves nothing", async () => {
  const long = at("long.txt");
  const word = (i: number) => (i ** 3).toString(36);
  await writeFile(long, Array.from({ length: 300_000 }, (_, i) => word(i)).join(" "));
  const before = await readdir(folder);
  const stopped = await runCaptured(
    ["tokenizer", "train", long, "--out", at("stopped"), "--vocab-size", "60000"],
    {
      isInteractive: true,
      onOutput: (output, terminal) => output.includes("reading") && terminal.send("SIGINT"),
    },
  );
  expect([stopped.exitCode, stopped.output]).toEqual([130, expect.stringContaining("Stopped")]);
  expect(await readdir(folder)).toEqual(before);
});

test("a text that has fewer pairs than asked for gives what it has, and says so", async () => {
  const { exitCode, output } = await train(["--out", at("few"), "--vocab-size", "5000"]);
  expect([exitCode, output]).toEqual([
    0,
    expect.stringMatching(/^297 tokens.*\nThe text has no more pairs that occur 2 times\./),
  ]);
});

test("what is there is not replaced unless one says so", async () => {
  const words = ["--out", at("kept.json"), "--vocab-size", "270"];
  await train(words);
  const { exitCode, errors } = await train(words);
  expect([exitCode, errors]).toEqual([1, expect.stringContaining("add --overwrite")]);
  expect((await train([...words, "--overwrite"])).exitCode).toBe(0);
});

test.each([
  [[], "--out: expected a folder or a file, got none"],
  [["--out", "x", "--vocab-size", "256"], "--vocab-size: expected a whole number of 257 or more"],
  [["--out", "x", "--pattern", "(gpt5"], "pattern: expected a regular expression"],
  [["--out", "x.json", "--format", "tiktoken"], "--format: expected tokenizer.json for x.json"],
  [
    ["--out", "package.json/x"],
    "package.json/x: expected a place that can be written, got a path that leads through a file",
  ],
  [["--out", "x", "--special-tokens", "<a>,<a>"], 'got "<a>" twice'],
])("%j is refused in one line", async (words, message) => {
  const { exitCode, errors } = await train(words);
  expect([exitCode, errors]).toEqual([1, expect.stringContaining(message)]);
  expect(errors.trimEnd()).not.toContain("\n");
});

test("text that cannot be read is one line, and nothing is made", async () => {
  const words = ["tokenizer", "train", at("none.txt"), "--out", at("never")];
  const { exitCode, errors } = await runCaptured(words);
  expect([exitCode, errors]).toEqual([1, expect.stringContaining("got nothing at that path")]);
  expect(existsSync(at("never"))).toBe(false);
});
