import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCaptured } from "./testing/captured-terminal.ts";
import type { CaptureOptions } from "./testing/captured-terminal.ts";

let folder: string;
let run: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "generate-"));
  run = join(folder, "abc"); // seven letters in windows of eight: every letter is seen at every position
  await writeFile(join(folder, "abc.txt"), "abcdefg".repeat(230));
  const sizes = "--num-layers 1 --num-heads 1 --embed-dim 16 --block-size 8 --batch-size 16".split(
    " ",
  );
  const recipe = [...sizes, ..."--max-steps 150 --learning-rate 0.02".split(" ")];
  const { errors } = await runCaptured([
    "pretrain",
    join(folder, "abc.txt"),
    "--run",
    run,
    ...recipe,
  ]);
  expect(errors).toBe("");
});
afterAll(() => rm(folder, { recursive: true }));

const generate = (words: readonly string[], options?: CaptureOptions) =>
  runCaptured(["generate", "--model", run, "--max-new-tokens", "12", ...words], options);

test("a model that learnt the alphabet goes on with it, greedily, beyond its context", async () => {
  const { exitCode, output, errors } = await generate(["--prompt", "cd", "--temperature", "0"]);
  expect([exitCode, errors]).toEqual([0, ""]);
  expect(output).toBe("cdefgabcdefgab\n");
});

test("text comes as it is written, not at the end", async () => {
  const pieces: string[] = [];
  await generate(["--prompt", "a", "--seed", "1"], {
    onOutput: (output) => void pieces.push(output),
  });
  expect(pieces.filter((piece) => piece.length > 1 && piece.length < 13).length).toBeGreaterThan(5);
});

test("a seed decides the text; JSON tells the one that was drawn", async () => {
  const words = ["--temperature", "3", "--top-k", "5", "--json", "--prompt", "a"];
  const first = JSON.parse((await generate(words)).output);
  const again = JSON.parse((await generate([...words, "--seed", String(first.seed)])).output);
  expect(again).toEqual(first);
  expect(first).toMatchObject({ prompt: "a", numTokens: 12 });
  expect(first.model).toContain("step-000150");
});

test("the prompt comes from standard input, or is left to the program", async () => {
  expect((await generate(["--temperature", "0"], { stdin: "fg" })).output).toBe("fgabcdefgabcde\n");
  expect((await generate(["--temperature", "0"])).output).toBe("abcdefgabcdef\n"); // the first character there is
});

test("a prompt that is no UTF-8 is an error, not another text", async () => {
  const { exitCode, errors } = await generate([], { stdin: Uint8Array.of(0x61, 0x62, 0xff, 0x63) });
  expect(exitCode).toBe(1);
  expect(errors).toMatch(/^standard input: expected UTF-8 text, .* offset 2\./);
});

test("several texts follow one another, each with its seed; stop strings end them", async () => {
  const words = ["--prompt", "cd", "--temperature", "0", "--num-samples", "2", "--seed", "5"];
  const { output } = await generate([...words, "--stop", "x", "--stop", "gab"]);
  expect(output).toBe("[1 of 2, seed 5]\ncdef\n[2 of 2, seed 6]\ncdef\n");
  const { output: text } = await generate([...words, "--stop", "gab", "--json"]);
  const { samples } = JSON.parse(text);
  expect(samples).toHaveLength(2);
  expect(samples[0]).toMatchObject({ seed: 5, text: "ef", finishReason: "stop" });
});

test("a text is held to a regular expression or a schema, and ends when it is whole", async () => {
  const words = ["--prompt", "cd", "--temperature", "0"];
  expect((await generate([...words, "--regex", "[ag]{1,3}fb{2}"])).output).toMatch(
    /^cd[ag]+fbb\n$/,
  );
  expect((await generate([...words, "--regex", "(?=a)"])).errors).toMatch(
    /^regex: .* no lookahead/,
  );
  const file = join(folder, "schema.json");
  await writeFile(file, JSON.stringify({ not: {} }));
  const { errors } = await generate([...words, "--json-schema", file]);
  expect(errors).toMatch(/^JSON schema: .* got not\./);
});

test("Ctrl-C ends the text with exit code 130", async () => {
  const { exitCode, output } = await generate(["--prompt", "a", "--max-new-tokens", "100000"], {
    onOutput: (text, terminal) => text.length > 5 && terminal.send("SIGINT"),
  });
  expect(exitCode).toBe(130);
  expect(output.length).toBeLessThan(20);
});

test.each([
  [
    ["--prompt", "aß"],
    '--prompt: expected text of the vocabulary, got unknown character "ß" (U+00DF) at offset 1',
  ],
  [["--prompt", ""], "--prompt: expected at least one character"],
  [["--top-k", "0"], "--top-k: expected a whole number of 1 or more"],
  [["--temperature", "-1"], "--temperature: expected a number of 0 or more"],
  [["--model", "/nonexistent"], "/nonexistent: expected a run, a model or a downloaded model"],
  [["extra"], '--model: expected a model, got "extra" without --model'],
])("%j is one line", async (words, message) => {
  const { exitCode, output, errors } = await generate(words);
  expect([exitCode, output]).toEqual([1, ""]);
  expect(errors).toContain(message);
  expect(errors.trimEnd().split("\n")).toHaveLength(1);
});
