import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { viewRun } from "../training/index.ts";
import { suggestVocabSize } from "./pretrain-tokenizer.ts";
import { runCaptured } from "./testing/captured-terminal.ts";

const sentences = [
  "the quick brown fox jumps over the lazy dog 🦊\n",
  "他在那里 and then he went.\n",
];
const sizes = "--num-layers 1 --num-heads 2 --embed-dim 16 --block-size 16 --batch-size 4";
const steps = "--max-steps 6 --eval-interval 3 --checkpoint-interval 2";
const few = `${sizes} ${steps}`.split(" ");
const bpe = ["--tokenizer", "bpe", "--vocab-size", "300"];

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-tokenizer-"));
  await writeFile(at("text.txt"), sentences.join("").repeat(60));
});
afterAll(() => rm(folder, { recursive: true }));

const train = (run: string, words: readonly string[]) =>
  runCaptured(["pretrain", at("text.txt"), "--run", at(run), ...few, ...words]);

async function logOf(run: string) {
  return (await viewRun(at(run))).readLog();
}

const vocabularyOf = async (run: string) =>
  JSON.parse(await readFile(join(at(run), "tokenizer.json"), "utf8")).model.vocab;

test("a run learns byte pairs from its own text, goes on after a stop, and writes whole characters", async () => {
  const { exitCode, output, errors } = await train("whole", bpe);
  expect([exitCode, errors]).toEqual([0, ""]);
  expect(output).toContain("300 tokens");
  expect(await vocabularyOf("whole")).toMatchObject({
    "<|endoftext|>": 0,
    the: expect.any(Number),
  });
  const again = await runCaptured(["pretrain", "--resume", at("whole"), "--from-step", "4"]);
  expect([again.exitCode, again.errors]).toEqual([0, ""]);
  await train("same", bpe);
  const losses = async (run: string) =>
    (await logOf(run)).flatMap((entry) => ("loss" in entry ? [entry["loss"]] : []));
  expect(await losses("whole")).toEqual(await losses("same"));
  const prompted = ["generate", "--model", at("whole"), "--prompt", "他在", "--seed", "1"];
  const written = await runCaptured([...prompted, "--max-new-tokens", "40"]);
  expect([written.exitCode, written.output.startsWith("他在")]).toEqual([0, true]);
});

test("bits per byte count the bytes of what was measured, whatever the tokens are", async () => {
  await train("pairs", bpe);
  await train("characters", ["--tokenizer", "chars"]);
  for (const run of ["pairs", "characters"]) {
    const { validationLoss, bitsPerByte } = (await logOf(run)).findLast(
      (entry) => "validationLoss" in entry,
    )!;
    const bytesPerToken = Number(validationLoss) / Math.LN2 / Number(bitsPerByte);
    const [least, most] = run === "pairs" ? [1.8, 4] : [1.1, 1.4]; // "🦊" and Chinese have more bytes
    expect(bytesPerToken).toBeGreaterThan(least);
    expect(bytesPerToken).toBeLessThan(most);
  }
});

test("the vocabulary is learned from the training part only", async () => {
  const path = at("ends-otherwise.txt");
  await writeFile(path, `${"once upon a time\n".repeat(300)}${"zyxw zyxw\n".repeat(50)}`);
  await runCaptured(["pretrain", path, "--run", at("part"), ...few, ...bpe]);
  const vocabulary = await vocabularyOf("part");
  expect(Object.keys(vocabulary)).toContain("once");
  expect(Object.keys(vocabulary)).not.toContain("zy");
});

test("a tokenizer that exists is used as it is", async () => {
  await train("first", bpe);
  const second = await train("second", ["--tokenizer", at("first")]);
  expect([second.exitCode, second.errors]).toEqual([0, ""]);
  expect(await vocabularyOf("second")).toEqual(await vocabularyOf("first"));
  const third = await train("third", ["--encoding", "gpt2"]);
  expect([third.exitCode, third.output.includes("50,257 tokens")]).toEqual([0, true]);
});

test.each([
  [["--vocab-size", "300"], "--vocab-size: expected --tokenizer bpe beside it"],
  [["--tokenizer", "bpe", "--vocab-size", "100"], "--vocab-size: expected a whole number of 257"],
  [["--tokenizer", "bbpe"], "bbpe: expected a tokenizer.json or a folder with one"],
  [["--tokenizer", "bpe", "--encoding", "gpt2"], "expected --encoding or --tokenizer, got both"],
])("%j is refused", async (words, message) => {
  const { exitCode, errors } = await train("refused", words);
  expect([exitCode, errors]).toEqual([1, expect.stringContaining(message)]);
});

test("the more text, the more tokens are worth learning", () => {
  expect([1e3, 1.2e6, 1e7, 1e12].map(suggestVocabSize)).toEqual([512, 1024, 16384, 32768]);
});
