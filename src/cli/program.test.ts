/** @file The program as a process: signals, kills, pipes, and two that want the same run. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { viewRun } from "../training/index.ts";
import { buildProgram } from "./testing/built-program.ts";
import type { BuiltProgram } from "./testing/built-program.ts";

const text = "the quick brown fox jumps over the lazy dog and runs away.\n".repeat(400);
// Steps that take some milliseconds, so that signals come in their midst, and checkpoints all the time.
const sizes = "--num-layers 2 --num-heads 2 --embed-dim 32 --block-size 32 --batch-size 8".split(
  " ",
);
const recipe = [
  ...sizes,
  ..."--max-steps 120 --eval-interval 20 --checkpoint-interval 2".split(" "),
];

const isWindows = process.platform === "win32"; // has no signals: `kill` ends a process there

let program: BuiltProgram;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "program-"));
  await writeFile(join(folder, "fox.txt"), text);
  program = await buildProgram();
});
afterAll(async () => {
  await program.remove();
  await rm(folder, { recursive: true });
});

const at = (name: string) => join(folder, name);
const start = (run: string, words: readonly string[] = [], env = {}) =>
  program.start(["pretrain", at("fox.txt"), "--run", at(run), ...recipe, ...words], { env });
const resume = (run: string) => program.start(["pretrain", "--resume", at(run)]);

async function lossesOf(run: string): Promise<unknown[]> {
  const log = await (await viewRun(at(run))).readLog();
  return log.flatMap((entry) => ("loss" in entry ? [entry["loss"]] : []));
}

/** Resolves when the log of a run has a step. */
async function hasBegun(run: string): Promise<void> {
  for (;;) {
    const losses = await lossesOf(run).catch(() => []);
    if (losses.length > 0) return;
    await sleep(5);
  }
}

test.skipIf(isWindows)(
  "Ctrl-C saves and says how to go on; going on gives the losses of an uninterrupted run",
  async () => {
    const whole = start("whole");
    const stopped = start("stopped");
    await hasBegun("stopped");
    stopped.process.kill("SIGINT");
    expect(await stopped.ended).toEqual({ code: 130, signal: null, errors: "" });
    expect(stopped.output()).toContain(`scratchlm pretrain --resume ${at("stopped")}`);
    expect((await whole.ended).code).toBe(0);
    const before = await lossesOf("stopped");
    expect(before.length).toBeLessThan(120);
    const { code, errors } = await resume("stopped").ended;
    expect([code, errors]).toEqual([0, ""]);
    expect(await lossesOf("stopped")).toEqual(await lossesOf("whole"));
  },
);

test.skipIf(isWindows)(
  "a run killed at random moments goes on, again and again, as if it had never been",
  async () => {
    let running = start("killed");
    for (let kill = 0; kill < 3; kill++) {
      await hasBegun("killed");
      await sleep(Math.random() * 900); // while it starts, trains or saves
      running.process.kill("SIGKILL");
      await running.ended;
      running = resume("killed");
    }
    const { code, errors } = await running.ended;
    expect([code, errors]).toEqual([0, ""]);
    const whole = start("unkilled");
    expect((await whole.ended).code).toBe(0);
    expect(await lossesOf("killed")).toEqual(await lossesOf("unkilled"));
  },
);

test.skipIf(isWindows)("a second Ctrl-C ends at once", async () => {
  const running = start("twice", ["--max-steps", "100000"]);
  await hasBegun("twice");
  running.process.kill("SIGINT");
  running.process.kill("SIGINT");
  expect((await running.ended).code).toBe(130);
});

test.skipIf(isWindows)("two programs do not train the same run", async () => {
  const first = start("shared", ["--max-steps", "100000"]);
  await hasBegun("shared");
  // one after the other: each sees the claim of the first alone
  for (const second of [() => resume("shared"), () => start("shared", ["--overwrite"])]) {
    const { code, errors } = await second().ended;
    expect(code).toBe(1);
    expect(errors).toContain(`in use by process ${first.process.pid}`);
    expect(errors.trimEnd().split("\n")).toHaveLength(1);
  }
  first.process.kill("SIGTERM");
  expect((await first.ended).code).toBe(143);
});

test("bad input is one line on stderr, exit code 1, and no run", async () => {
  await writeFile(at("empty.txt"), "");
  const nowhere = { SCRATCHLM_ONNXRUNTIME: "/nonexistent" };
  for (const [running, message] of [
    [program.start(["pretrain", at("empty.txt")]), "expected text, got an empty file"],
    [program.start(["pretrain", "--stepz"]), "--stepz: expected an option"],
    [program.start(["levitate"]), "levitate: expected a command"],
    [start("nolib", [], nowhere), 'got no file at "/nonexistent"'],
  ] as const) {
    const { code, errors } = await running.ended;
    expect(code).toBe(1);
    expect(errors).toContain(message);
    expect(errors.trimEnd().split("\n")).toHaveLength(1);
  }
});

test("a reader that has had enough ends the program without a word", async () => {
  const { process, ended } = program.start(["inspect", "gpt2-xl", "--json"]);
  process.stdout!.destroy();
  expect((await ended).errors).toBe("");
});

test.skipIf(!existsSync("/dev/full"))("output to a full disk is an error of one line", async () => {
  for (const stream of ["1", "2"]) {
    const words = [
      "-c",
      `"$0" "$1" ${stream === "1" ? "inspect gpt2" : "levitate"} ${stream}>/dev/full`,
    ];
    const { code, stderr } = await new Promise<{ code: number; stderr: string }>((resolve) => {
      execFile("sh", [...words, process.execPath, program.main], (error, _stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stderr }),
      );
    });
    expect(code).toBe(1);
    if (stream === "1") expect(stderr).toMatch(/^output: expected .* got a full disk\. .*\n$/);
  }
});
