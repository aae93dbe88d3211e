/** Ids in, ids out: the two commands that need no tokenizer, against what transformers computed. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { openFixture, relativeError } from "../../test/models/fixture.ts";
import { runCaptured } from "./testing/captured-terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "scripts-"));
afterAll(() => rmSync(folder, { recursive: true }));

const families = "gpt2 llama2 llama3 mistral qwen3 qwen3-moe gemma3 olmo3"
  .split(" ")
  .map((name) => `${name}-tiny`);
const folderOf = (name: string) =>
  fileURLToPath(new URL(`../../test/fixtures/models/${name}`, import.meta.url));
const expectedOf = (name: string) =>
  JSON.parse(readFileSync(`${folderOf(name)}/expected.json`, "utf8"));

const json = async (words: readonly string[]) => {
  const { exitCode, output, errors } = await runCaptured([...words, "--json"]);
  expect([exitCode, errors]).toEqual([0, ""]);
  return JSON.parse(output);
};

const gpt2 = ["generate", "--model", folderOf("gpt2-tiny"), "--prompt-ids"];

test.each(families)("%s: greedy ids are transformers'", async (name) => {
  const { input_ids, greedy_continuation } = expectedOf(name);
  const words = ["generate", "--model", folderOf(name), "--prompt-ids", input_ids.join(",")];
  const answer = await json([...words, "--max-new-tokens", "12", "--temperature", "0"]);
  expect(answer).toEqual({ ids: greedy_continuation });
});

test.each(families)("%s: loss and logits are transformers'", async (name) => {
  const { logits, expected, close } = await openFixture(name);
  await close();
  const ids = expected.input_ids.join(",");
  const answer = await json(["inspect", "--model", folderOf(name), "--logits-for", ids]);
  expect(Object.keys(answer)).toEqual(["loss", "logits"]);
  expect(Math.abs(answer.loss / expected.loss - 1)).toBeLessThan(1e-4);
  expect(relativeError(answer.logits.flat(), logits)).toBeLessThan(1e-4);
});

test.each(families)("%s: a GGUF file of it writes the same", async (name) => {
  const { input_ids, greedy_continuation } = expectedOf(name);
  const file = join(folder, `${name}.gguf`);
  await runCaptured(["convert", folderOf(name), "--to", "gguf", "--out", file]);
  const words = ["generate", "--model", file, "--prompt-ids", input_ids.join(",")];
  const answer = await json([...words, "--max-new-tokens", "12", "--temperature", "0"]);
  expect(answer).toEqual({ ids: greedy_continuation });
  expect(await json(["inspect", file])).toMatchObject({ total: expectedOf(name).parameters });
});

test("a tokenizer that cannot be read does no harm to ids", async () => {
  const path = join(folder, "odd-tokenizer");
  cpSync(folderOf("gpt2-tiny"), path, { recursive: true });
  writeFileSync(join(path, "tokenizer.json"), "{}");
  const { input_ids, greedy_continuation } = expectedOf("gpt2-tiny");
  const words = ["generate", "--model", path, "--prompt-ids", input_ids.join(",")];
  const answer = await json([...words, "--max-new-tokens", "12", "--temperature", "0"]);
  expect(answer).toEqual({ ids: greedy_continuation });
  expect(await json(["inspect", path, "--logits-for", "5,8"])).toHaveProperty("loss");
  expect((await runCaptured([...words, "--stop", "a"])).errors).toMatch(/^tokenizer\.json: /);
});

test("a seed gives the same ids beside others as alone; log-probabilities come when asked for", async () => {
  const three = await json([
    ...gpt2,
    "5,8",
    ..."--max-new-tokens 5 --seed 3 --num-samples 3".split(" "),
  ]);
  const second = await json([
    ...gpt2,
    "5,8",
    ..."--max-new-tokens 5 --seed 4 --log-probs 2".split(" "),
  ]);
  expect(three.samples).toHaveLength(3);
  expect(three.samples[1].ids).toEqual(second.ids);
  expect(second.logProbs).toHaveLength(5);
  expect(second.logProbs[0].top).toHaveLength(2);
  expect(second.logProbs[0].logProb).toBeLessThan(0);
});

test("a draft model changes nothing but says how much of it was taken", async () => {
  const words = [...gpt2, "5,8,13", ..."--max-new-tokens 20 --seed 2 --json".split(" ")];
  const alone = await runCaptured(words);
  const drafted = await runCaptured([...words, "--draft-model", folderOf("llama2-tiny")]);
  expect(drafted.output).toBe(alone.output);
  expect(drafted.errors).toMatch(/^of what the draft model proposed, \d+ % was taken\n$/);
});

test("stop ids end the text and are no part of it; a bias rules ids out", async () => {
  const { input_ids } = expectedOf("llama2-tiny");
  const words = [
    "generate",
    "--model",
    folderOf("llama2-tiny"),
    "--prompt-ids",
    input_ids.join(","),
  ];
  const greedy = [...words, "--max-new-tokens", "4", "--temperature", "0"];
  expect(await json([...greedy, "--stop-ids", "9,87"])).toEqual({ ids: [21, 29] });
  expect((await json([...greedy, "--logit-bias", "21:-inf"])).ids[0]).not.toBe(21);
});

test("without --json ids are printed as they come", async () => {
  const { output } = await runCaptured([
    ...gpt2,
    "37,235",
    "--max-new-tokens",
    "3",
    "--temperature",
    "0",
  ]);
  expect(output).toMatch(/^\d+,\d+,\d+\n$/);
});

test("inspect tells a person the loss", async () => {
  const { output } = await runCaptured([
    "inspect",
    folderOf("gpt2-tiny"),
    "--logits-for",
    "5,8,13",
  ]);
  expect(output).toMatch(/^loss: \d\.\d{6} \(perplexity .*\)\nlikeliest next ids: \d+,\d+,\d+\n$/);
});

test.each([
  [[...gpt2, "5,x"], '--prompt-ids: expected token ids such as 5,8,13, got "5,x"'],
  [[...gpt2, "5,256"], "expected ids from 0 to 255, got 256"],
  [[...gpt2, "5", "--prompt", "a"], "--prompt-ids: expected no --prompt beside it"],
  [[...gpt2, "5", "--log-probs", "1"], "--log-probs: expected --json beside it"],
  [[...gpt2, "5", "--stop", "a"], "stop: expected a tokenizer"],
  [[...gpt2, "5", "--top-p", "2"], "--top-p: expected a number from 0 to 1, got 2"],
  [[...gpt2, "5", "--logit-bias", "a"], "--logit-bias: expected id:number,…"],
  [[...gpt2, "5", "--logit-bias", "999:1"], "logit bias: expected ids below 256, got 999"],
  [[...gpt2, Array(70).fill(5).join(","), "--context-overflow", "refuse"], "at most 64 tokens"],
  [
    ["generate", "--model", folderOf("gpt2-tiny"), "--prompt", "a"],
    "expected a model with a tokenizer",
  ],
  [
    ["inspect", folderOf("gpt2-tiny"), "--logits-for", Array(70).fill(5).join(",")],
    "at most 64 ids",
  ],
])("%j is one line", async (words, message) => {
  const { exitCode, errors } = await runCaptured(words);
  expect(exitCode).toBe(1);
  expect(errors).toContain(message);
  expect(errors.trimEnd().split("\n")).toHaveLength(1);
});
