import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { trainBytePair } from "../tokenizer/index.ts";
import { buildProgram } from "./testing/built-program.ts";
import type { BuiltProgram } from "./testing/built-program.ts";
import { runCaptured } from "./testing/captured-terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "prepare-"));
const text = join(folder, "text.txt");
const vocabulary = join(folder, "tokenizer.json");
let program: BuiltProgram;

beforeAll(async () => {
  program = await buildProgram();
  const sentence = (i: number) =>
    `${i}. It is a far, far better thing: 中文 ${(i * 7919) % 10_007}\n`;
  writeFileSync(text, Array.from({ length: 200_000 }, (_, i) => sentence(i)).join(""));
  const tokenizer = await trainBytePair(
    [Array.from({ length: 300 }, (_, i) => sentence(i)).join("")],
    {
      vocabSize: 400,
      specialTokens: ["<|endoftext|>"],
    },
  );
  writeFileSync(vocabulary, JSON.stringify(tokenizer.toJson()));
});

afterAll(async () => {
  await program.remove();
  rmSync(folder, { recursive: true });
});

const prepareWords = (out: string, ...words: string[]) => [
  ...["prepare", "--tokenizer", vocabulary, "--shard-tokens", "500000", "--out", out, ...words],
  text,
];

const contents = (out: string) =>
  readdirSync(out)
    .filter((name) => !name.startsWith("."))
    .sort()
    .map((name) => [name, readFileSync(join(out, name)).toString("base64")]);

test("several threads give the bytes of one, also after a kill", async () => {
  const [one, two, killed] = ["one", "two", "killed"].map((name) => join(folder, name));
  for (const [out, threads] of [
    [one, "1"],
    [two, "3"],
  ]) {
    const { code, errors } = await program.start(prepareWords(out, "--threads", threads)).ended;
    expect([code, errors]).toEqual([0, ""]);
  }
  expect(contents(two)).toEqual(contents(one));

  const started = program.start(prepareWords(killed, "--threads", "2"));
  while (!isThere(join(killed, "shard-00001.bin")))
    await new Promise((resolve) => setTimeout(resolve, 5));
  started.process.kill("SIGKILL");
  await started.ended;
  const again = program.start(prepareWords(killed, "--threads", "2", "--json"));
  expect((await again.ended).code).toBe(0);
  const { readBytes, sizeBytes } = JSON.parse(again.output());
  expect(readBytes).toBeLessThan(sizeBytes);
  expect(readdirSync(killed).filter((name) => name.startsWith("."))).toEqual([]);
  expect(contents(killed)).toEqual(contents(one));
});

test("Ctrl-C keeps finished shards and says how to go on", async () => {
  const out = join(folder, "stopped");
  const started = program.start(prepareWords(out));
  while (!isThere(join(out, "shard-00000.bin")))
    await new Promise((resolve) => setTimeout(resolve, 5));
  started.process.kill("SIGINT");
  const { code, errors } = await started.ended;
  expect(code).toBe(130);
  expect(errors).toContain("Stopped. The same command goes on");
  expect(readdirSync(out).filter((name) => name.startsWith("."))).toEqual([]);
});

test("Ctrl-C before the first shard keeps nothing, and says so", async () => {
  const out = join(folder, "stopped-early");
  const started = program.start(["prepare", "--tokenizer", vocabulary, "--out", out, text]);
  while (!isThere(join(out, "prepared.json")))
    await new Promise((resolve) => setTimeout(resolve, 5));
  started.process.kill("SIGINT");
  const { code, errors } = await started.ended;
  expect(code).toBe(130);
  expect(errors).toContain("Stopped before the first shard was finished; nothing was written.");
  expect(isThere(out)).toBe(false);
});

test("the result is told, and as JSON", async () => {
  const out = join(folder, "gpt2");
  const words = ["prepare", "--encoding", "gpt2", "--out", out, "-"];
  const { exitCode, output } = await runCaptured(words, { stdin: "Every effort moves you" });
  expect(exitCode).toBe(0);
  expect(output).toMatch(/^5 tokens of 1 documents in 1 shards: /);
  expect(output).toContain(`Next: scratchlm pretrain ${out}`);
  const bytes = Uint8Array.from(readFileSync(join(out, "shard-00000.bin")).subarray(4096));
  const ids = new Uint16Array(bytes.buffer);
  expect([...ids]).toEqual([6109, 3626, 6100, 345, 50256]);
  const again = await runCaptured([...words, "--json"], { stdin: "Every effort moves you" });
  expect(JSON.parse(again.output)).toEqual({
    ...{ folder: out, numShards: 1, numTokens: 5, numDocuments: 1, sizeBytes: 22, readBytes: 0 },
    readMs: 0,
  });
});

test("a model is trained on shards, with their tokenizer", async () => {
  const [out, run] = [join(folder, "for-training"), join(folder, "run")];
  const words = ["prepare", "--tokenizer", vocabulary, "--out", out, "--shard-tokens", "3000"];
  const small = join(folder, "small.txt");
  writeFileSync(small, readFileSync(text).subarray(0, 40_000));
  expect((await runCaptured([...words, small])).exitCode).toBe(0);
  const sizes = "--num-layers 1 --num-heads 1 --embed-dim 8 --block-size 16 --batch-size 2";
  const pretrain = ["pretrain", out, "--run", run, ...`${sizes} --max-steps 2`.split(" ")];
  const { exitCode, errors } = await runCaptured(pretrain);
  expect([exitCode, errors]).toEqual([0, ""]);
  const ids = (path: string) => readFileSync(path).subarray(4096);
  const shards = readdirSync(out)
    .filter((name) => name.endsWith(".bin"))
    .sort();
  expect(shards.length).toBeGreaterThan(2);
  const all = Buffer.concat(shards.map((name) => ids(join(out, name))));
  expect(ids(join(run, "tokens.bin")).equals(all)).toBe(true);
  const again = await runCaptured(["pretrain", out, "--encoding", "gpt2"]);
  expect(again.errors).toContain("--encoding: expected none beside token shards");
});

test.skipIf(process.platform !== "linux")(
  "a full disk is one line and leaves no half shard",
  async () => {
    const out = join(folder, "full");
    // A limit on the size of files stands for a disk that is full: 4 MB are less than a shard.
    const shell = `ulimit -f 1000; trap '' XFSZ; exec "$0" "$@"`;
    const words = prepareWords(out).map((word) => (word === "500000" ? "5000000" : word));
    const child = spawn("sh", ["-c", shell, process.execPath, program.main, ...words]);
    let errors = "";
    child.stderr.on("data", (chunk) => (errors += chunk));
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(1);
    expect(errors).toMatch(/shard-00000\.bin: expected a place to write token ids, got /);
    expect(isThere(out)).toBe(false);
  },
);

test.each([
  [["prepare"], "prepare: expected at least one file, got none."],
  [["prepare", "a.txt"], "prepare: expected --out beside the files, got none."],
  [
    ["prepare", "--out", "package.json", "--encoding", "gpt2", "src/cli/main.ts"],
    "package.json: expected a folder to write to, got a file in its place.",
  ],
  [
    ["prepare", "--out", "x", "--encoding", "gpt2", "nowhere.txt"],
    "nowhere.txt: expected a text file",
  ],
  [["prepare", "--out", "x", "src/cli/main.ts"], "tokenizer: expected --encoding or --tokenizer"],
  [
    ["prepare", "--out", "x", "--encoding", "gpt2", "--end-of-text", "</s>", "src/cli/main.ts"],
    'got "</s>". Choose <|endoftext|> or none.',
  ],
])("%j is one line", async (words, message) => {
  const { exitCode, errors } = await runCaptured(words);
  expect(exitCode).toBe(1);
  expect(errors).toContain(message);
});

function isThere(path: string): boolean {
  try {
    return readdirSync(join(path, "..")).includes(path.split("/").at(-1)!);
  } catch {
    return false;
  }
}
