/** @file Encoding over threads, in a build of its own: threads run JavaScript. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type * as Room from "./index.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
let folder: string;
let room: typeof Room;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "scratchlm-threads-"));
  const build = [join(root, "build/build.mjs"), join(folder, "dist")];
  execFileSync(process.execPath, build, { stdio: "inherit" });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  symlinkSync(join(root, "package.json"), join(folder, "package.json"));
  room = await import(pathToFileURL(join(folder, "dist/tokenizer/index.js")).href);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const texts = Array.from(
  { length: 3000 },
  (_, i) => `Text ${i}: ${"你好, world! ".repeat(i % 60)}`,
);

test("threads give the ids of one thread, in order", async () => {
  const tokenizer = await room.loadEncoding("gpt2");
  const expected = tokenizer.encodeBatch(texts);
  expect(await room.encodeInParallel(tokenizer, texts, { numThreads: 2 })).toEqual(expected);
});

test("any tokenizer can be sent to a thread", async () => {
  const character = room.CharTokenizer.fromText(texts.join(""));
  const trained = await room.trainBytePair(texts.slice(0, 200), { vocabSize: 300 });
  for (const tokenizer of [character, trained]) {
    const expected = texts.map((text) => tokenizer.encode(text));
    expect(await room.encodeInParallel(tokenizer, texts, { numThreads: 2 })).toEqual(expected);
  }
});

test("special tokens are what the options say, and an error is that of encode", async () => {
  const tokenizer = await room.loadEncoding("gpt2");
  const encoder = room.ParallelEncoder.start(tokenizer, { numThreads: 1 });
  const marked = ["a", "b <|endoftext|>"];
  const allowedSpecial = new Set(["<|endoftext|>"]);
  expect(await encoder.encodeBatch(marked, { allowedSpecial })).toEqual(
    tokenizer.encodeBatch(marked, { allowedSpecial }),
  );
  await expect(encoder.encodeBatch(marked)).rejects.toThrow('got "<|endoftext|>" at offset 2.');
  expect(await encoder.encodeBatch(["still at work"])).toEqual([tokenizer.encode("still at work")]);
  await encoder.close();
});

test("closing rejects what is not finished", async () => {
  const encoder = room.ParallelEncoder.start(await room.loadEncoding("gpt2"), { numThreads: 1 });
  const work = encoder.encodeBatch(texts);
  const rejected = expect(work).rejects.toThrow("closed before");
  await encoder.close();
  await rejected;
});

test("a number of threads that cannot be is an error", async () => {
  const tokenizer = await room.loadEncoding("gpt2");
  expect(() => room.ParallelEncoder.start(tokenizer, { numThreads: 0 })).toThrow(
    "encode in parallel: expected a number of threads from 1 on, got 0.",
  );
});
