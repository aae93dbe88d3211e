import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCaptured } from "./testing/captured-terminal.ts";

let folder: string;
let run: string;
let text: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "evaluate-"));
  [run, text] = [join(folder, "abc"), join(folder, "abc.txt")];
  await writeFile(text, "abcdefg".repeat(230));
  const sizes = "--num-layers 1 --num-heads 1 --embed-dim 32 --block-size 8 --batch-size 16";
  const recipe = `${sizes} --max-steps 100 --learning-rate 0.02`.split(" ");
  const { errors } = await runCaptured(["pretrain", text, "--run", run, ...recipe]);
  expect(errors).toBe("");
});
afterAll(() => rm(folder, { recursive: true }));

const evaluate = (...words: readonly string[]) =>
  runCaptured(["evaluate", "--model", run, ...words]);

test("JSON tells loss, perplexity and bits per byte for float32, 8 and 4 bits", async () => {
  const { exitCode, output, errors } = await evaluate(text, "--json");
  expect([exitCode, errors]).toEqual([0, ""]);
  const { numTokens, sizeBytes, results } = JSON.parse(output);
  expect([numTokens, sizeBytes]).toEqual([1610, 1610]);
  expect(results.map(({ weights }: { weights: string }) => weights)).toEqual(["none", "q8", "q4"]);
  for (const { loss, perplexity, bitsPerByte } of results) {
    expect(loss).toBeGreaterThan(0);
    expect(loss).toBeLessThan(0.5); // an alphabet that was learnt: uniform would be ln 7
    expect(perplexity).toBeCloseTo(Math.exp(loss), 9);
    expect(bitsPerByte).toBeCloseTo(loss / Math.LN2, 9);
  }
  expect(Math.abs(results[1].loss - results[0].loss)).toBeLessThan(0.02);
});

test("a table for people, of the weights that are asked for", async () => {
  const { output } = await evaluate(text, "--quantization", "none,q8");
  expect(output).toMatch(
    /^1,610 tokens, 1,610 bytes\nweights +loss +perplexity +bits\/byte +tokens\/s$/m,
  );
  expect(output).toMatch(/^float32 +0\.\d{4} +1\.\d{3} /m);
  expect(output).toMatch(/^8 bits /m);
  expect(output).not.toMatch(/^4 bits/m);
});

test("what is missing or wrong is said in one line", async () => {
  expect((await evaluate(text, "--quantization", "q5")).errors).toBe(
    '--quantization: expected some of none, q8, q4, got "q5".\n',
  );
  expect((await evaluate()).errors).toMatch(/^corpus: expected at least one file, got none\./);
  expect((await runCaptured(["evaluate", text])).errors).toMatch(/^--model: expected a model/);
});
