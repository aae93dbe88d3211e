import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { viewRun } from "../training/index.ts";
import { runCaptured } from "./testing/captured-terminal.ts";
import type { CaptureOptions } from "./testing/captured-terminal.ts";

const fox = "the quick brown fox jumps over the lazy dog and runs away.\n".repeat(40);
const tiny = "--num-layers 1 --num-heads 2 --embed-dim 16 --block-size 16 --batch-size 4".split(
  " ",
);
const few = [...tiny, "--max-steps", "6", "--eval-interval", "3", "--checkpoint-interval", "2"];

let folder: string;
const at = (name: string) => join(folder, name);
const write = async (name: string, content: string | Uint8Array) => {
  await writeFile(at(name), content);
  return at(name);
};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-"));
  await write("fox.txt", fox);
});
afterAll(() => rm(folder, { recursive: true }));

/** `scratchlm pretrain` of the fox into a run of that name. */
const train = (run: string, words: readonly string[] = few, options?: CaptureOptions) =>
  runCaptured(["pretrain", at("fox.txt"), "--run", at(run), ...words], options);

/** The losses of a run, as its log has them. */
async function lossesOf(run: string): Promise<unknown[]> {
  const log = await (await viewRun(at(run))).readLog();
  return log.flatMap((entry) => ("loss" in entry ? [entry["loss"]] : []));
}

/** The one line on stderr of a command that fails with exit code 1. */
async function failureOf(words: readonly string[], options?: CaptureOptions): Promise<string> {
  const { exitCode, errors } = await runCaptured(words, options);
  expect(exitCode).toBe(1);
  expect(errors.trimEnd().split("\n")).toHaveLength(1);
  return errors;
}

test("a run ends with its losses, a picture, a text, and what to do next", async () => {
  const { exitCode, output, errors } = await train("whole");
  expect([exitCode, errors]).toEqual([0, ""]);
  expect(output).toContain("1 layer, 2 heads, width 16");
  expect(output).toMatch(/step 6\/6 {2}loss \d\.\d{3} {2}val \d\.\d{3} {2}lr/);
  expect(output).toContain("after step 6 it writes:");
  expect(output).toMatch(/[\u2801-\u28ff]/); // braille that is not empty
  expect(output).toMatch(
    /Validation loss at step 6: \d\.\d{4} nats per token, \d\.\d{3} bits per byte/,
  );
  expect(output).toContain(`scratchlm generate --model ${at("whole")}`);
  expect(output).not.toContain("\u001b"); // nobody watches: no colours, no redrawing
});

test("where a person watches, a line is redrawn and never longer than the window", async () => {
  const { output } = await train("watched", few, { isInteractive: true, columns: 40 });
  const drawn = output
    .split("\r\u001b[2K")
    .slice(1)
    .map((text) => text.split("\n")[0]);
  expect(drawn.length).toBeGreaterThan(1);
  const progress = drawn.filter((line) => line.startsWith("step"));
  expect(progress.length).toBeGreaterThan(0);
  for (const line of progress) expect(line.length).toBeLessThan(40);
});

test("Ctrl-C saves; resuming gives the losses of a run that was never stopped", async () => {
  const stopped = await train("stopped", few, {
    onOutput: (output, terminal) => output.includes("step 3/6") && terminal.send("SIGINT"),
  });
  expect(stopped.exitCode).toBe(130);
  expect(stopped.output).toContain("Stopping after this step");
  expect(stopped.output).toContain(`scratchlm pretrain --resume ${at("stopped")}`);
  expect((await lossesOf("stopped")).length).toBeLessThan(6);
  const resumed = await runCaptured(["pretrain", "--resume", at("stopped")]);
  expect([resumed.exitCode, resumed.errors]).toEqual([0, ""]);
  await train("unstopped");
  expect(await lossesOf("stopped")).toEqual(await lossesOf("unstopped"));
});

test("SIGTERM gives 143, and before training begins leaves nothing", async () => {
  const { exitCode, output } = await train("early", few, {
    isInteractive: true,
    onOutput: (text, terminal) => text.includes("reading") && terminal.send("SIGTERM"),
  });
  expect(exitCode).toBe(143);
  expect(output).toContain("nothing was kept");
  expect(existsSync(at("early"))).toBe(false);
});

test("text comes from standard input too", async () => {
  const words = ["pretrain", "-", "--run", at("piped"), ...tiny, "--max-steps", "1"];
  expect((await runCaptured(words, { stdin: fox })).exitCode).toBe(0);
});

test("options come from a JSON or YAML file, and the command line counts more", async () => {
  const yaml = await write(
    "a.yaml",
    "# sizes\nbatch-size: 2\nlearningRate: 0.01\nqkv_bias: true\n",
  );
  const json = await write("a.json", JSON.stringify({ batchSize: 3, maxSteps: 9 }));
  const sizes = [...tiny.slice(0, 8), "--max-steps", "1"];
  await train("yaml", [...sizes, "--config", yaml]);
  await train("json", [...sizes, "--config", json, "--batch-size", "5"]);
  const config = async (run: string) =>
    JSON.parse(await readFile(join(at(run), "config.json"), "utf8"));
  expect(await config("yaml")).toMatchObject({ batchSize: 2, learningRate: 0.01, maxSteps: 1 });
  expect((await config("yaml")).model.hasQkvBias).toBe(true);
  expect(await config("json")).toMatchObject({ batchSize: 5, maxSteps: 1 });
});

test("an end on the command line replaces the one in the file", async () => {
  const config = await write("end.json", '{"maxMinutes": 1000}');
  await train("end", [...tiny, "--max-steps", "2", "--config", config]);
  expect(await lossesOf("end")).toHaveLength(2);
});

test.each([
  ["bad.json", "{", "expected JSON"],
  ["bad.yaml", "a: [", "expected YAML"],
  ["list.json", "[1]", "expected options by name"],
  ["typo.json", '{"batchSise": 1}', 'got "batchSise". Did you mean "batchSize"?'],
  ["word.yaml", "maxSteps: many", '--max-steps: expected a whole number of 1 or more, got "many"'],
  ["deep.json", '{"maxSteps": {}}', 'expected one value for "maxSteps"'],
])("the configuration %s is refused in one line", async (name, content, message) => {
  const config = await write(name, content);
  expect(await failureOf(["pretrain", at("fox.txt"), "--config", config])).toContain(message);
});

test.each<[name: string, content: string | Uint8Array, message: string]>([
  ["empty.txt", "", "expected text, got an empty file"],
  ["short.txt", "too short", "expected at least"],
  ["binary.dat", Uint8Array.of(0x7f, 0x45, 0, 1, 2, 3), "so it is a binary file"],
  ["latin1.txt", Uint8Array.of(0x61, 0xe9, 0x61), "expected UTF-8 text"],
])("%s is refused in one line and leaves no run", async (name, content, message) => {
  const words = ["pretrain", await write(name, content), "--run", at("refused"), ...few];
  const errors = await failureOf(words);
  expect(errors).toContain(message);
  expect(existsSync(at("refused"))).toBe(false);
});

test.each([
  [["--embed-dim", "1000000"], "Lower --embed-dim"],
  [["--batch-size", "9007199254740991"], "over a million GB"],
  [["--num-layers", "9007199254740991"], "memory: expected a run that fits"],
  [["--num-heads", "5"], "expected embedDim divisible by numHeads"],
  [["--dropout", "2"], '"dropoutRate" from 0 to 1'],
  [["--warmup-steps", "7"], "--warmup-steps: expected at most --max-steps"],
  [["--max-minutes", "1"], "expected either --max-steps or --max-minutes"],
  [
    ["--sample-prompt", "ß"],
    '--sample-prompt: expected text of the vocabulary, got unknown character "ß"',
  ],
  [["--sample-prompt", ""], "--sample-prompt: expected at least one character"],
  [["--block-size", "4000"], "expected at least 4001 tokens"],
  [["--stepz", "4000"], "--stepz: expected an option"],
])("%j is refused before a run of that name is replaced", async (words, message) => {
  if (!existsSync(at("precious"))) await train("precious");
  const before = await readFile(join(at("precious"), "log.jsonl"), "utf8");
  const all = ["pretrain", at("fox.txt"), "--run", at("precious"), "--overwrite", ...few, ...words];
  expect(await failureOf(all)).toContain(message);
  expect(await readFile(join(at("precious"), "log.jsonl"), "utf8")).toBe(before);
});

test("a run is not replaced unless one says so", async () => {
  await train("kept");
  const words = ["pretrain", at("fox.txt"), "--run", at("kept"), ...few];
  expect(await failureOf(words)).toContain("expected no run of that name");
  expect((await train("kept", [...few, "--overwrite"])).exitCode).toBe(0);
});

test("what cannot be read is one line", async () => {
  expect(await failureOf(["pretrain"])).toContain("expected a text file, got none");
  expect(await failureOf(["pretrain", at("none.txt")])).toContain("got nothing at that path");
  expect(await failureOf(["pretrain", at("fox.txt/a")])).toContain("leads through a file");
  expect(await failureOf(["pretrain", folder])).toContain("got a folder");
  expect(await failureOf(["pretrain", at("*.nothing")])).toContain("expected files that match");
  expect(await failureOf(["pretrain", "--resume", at("none")])).toContain("expected a run");
  const resumed = ["pretrain", "--resume", at("none"), "--max-steps", "9"];
  expect(await failureOf(resumed)).toContain("--max-steps: expected no option that changes a run");
  const fresh = ["pretrain", at("fox.txt"), "--from-step", "2"];
  expect(await failureOf(fresh)).toContain("--from-step: expected --resume beside it");
});

const isRoot = process.getuid?.() === 0; // may read everything: nothing is unreadable to root
test.skipIf(isRoot || process.platform === "win32")("an unreadable file is one line", async () => {
  const path = await write("secret.txt", fox);
  await chmod(path, 0);
  expect(await failureOf(["pretrain", path])).toContain("got no permission");
});

test("a run whose config.json was edited is not resumed, and nothing is lost", async () => {
  await train("edited");
  const file = join(at("edited"), "config.json");
  const original = await readFile(file, "utf8");
  const edit = async (from: string, to: string) => {
    expect(original).toContain(from);
    await writeFile(file, original.replace(from, to));
    return failureOf(["pretrain", "--resume", at("edited")]);
  };
  const log = await readFile(join(at("edited"), "log.jsonl"), "utf8");
  expect(await edit('"embedDim": 16', '"embedDim": 32')).toMatch(
    /of shape \(\d+, 32\), got \(\d+, 16\)/,
  );
  expect(await edit('"weightDecay": 0.1', '"weightDecay": 0.2')).toContain("of this configuration");
  expect(await edit('"embedDim": 16', '"embedDim": 1e9')).toContain("memory: expected");
  expect(await edit('"model": {', '"modell": {')).toContain('the sizes of a model under "model"');
  expect(await edit("{", "")).toContain("expected a JSON object");
  expect(await readFile(join(at("edited"), "log.jsonl"), "utf8")).toBe(log);
  await writeFile(file, original);
  expect((await runCaptured(["pretrain", "--resume", at("edited")])).exitCode).toBe(0);
});

test("a truncated checkpoint is one line that names the last good one", async () => {
  await train("cut");
  const [good, bad] = (await (await viewRun(at("cut"))).listCheckpoints()).slice(-2);
  await truncate(join(bad.path, "model.safetensors"), 1000);
  const errors = await failureOf(["pretrain", "--resume", at("cut")]);
  expect(errors).toContain(`${bad.path}: expected`);
  expect(errors).toContain(good.path);
  const advised = `--from-step ${good.step}`;
  expect(errors).toContain(advised);
  const resumed = await runCaptured(["pretrain", "--resume", at("cut"), ...advised.split(" ")]);
  expect([resumed.exitCode, resumed.errors]).toEqual([0, ""]);
  expect(await lossesOf("cut")).toHaveLength(6);
});

test("a device or a native library that cannot be had is one line, before a run is made", async () => {
  const words = ["pretrain", at("fox.txt"), "--run", at("nowhere"), ...few];
  vi.stubEnv("SCRATCHLM_ONNXRUNTIME", "/nonexistent");
  expect(await failureOf(words)).toContain('got no file at "/nonexistent"');
  vi.stubEnv("SCRATCHLM_RUNTIME", "reference");
  expect(await failureOf([...words, "--device", "webgpu"])).toContain("device webgpu: expected");
  expect(existsSync(at("nowhere"))).toBe(false);
  vi.unstubAllEnvs();
});

// Only Linux lets a test take the GPU away: by naming a driver that is not there.
test.runIf(process.platform === "linux")(
  "without a GPU, webgpu is one line and auto is the CPU",
  async () => {
    vi.stubEnv("VK_ICD_FILENAMES", "/no/such/driver.json");
    const words = ["pretrain", at("fox.txt"), "--run", at("gpu"), ...tiny, "--max-steps", "1"];
    expect(await failureOf([...words, "--device", "webgpu"])).toContain(
      "device webgpu: expected a GPU",
    );
    expect(existsSync(at("gpu"))).toBe(false);
    const { exitCode, output } = await runCaptured([...words, "--device", "auto"]);
    expect([exitCode, output.includes("Device: cpu.")]).toEqual([0, true]);
    vi.unstubAllEnvs();
  },
);
