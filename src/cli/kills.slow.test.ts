/** @file A run that is killed fifteen times at random moments ends with the losses of one that never was. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { viewRun } from "../training/index.ts";
import { buildProgram } from "./testing/built-program.ts";

const folder = await mkdtemp(join(tmpdir(), "kills-"));
const program = await buildProgram();
afterAll(async () => {
  await program.remove();
  await rm(folder, { recursive: true });
});

const at = (name: string) => join(folder, name);
const sizes =
  "--num-layers 2 --num-heads 2 --embed-dim 64 --block-size 64 --batch-size 8 --dropout 0.1";
const recipe = `${sizes} --max-steps 600 --eval-interval 50 --checkpoint-interval 3`.split(" ");
const start = (run: string) =>
  program.start(["pretrain", at("fox.txt"), "--run", at(run), ...recipe]);

async function lossesOf(run: string): Promise<unknown[]> {
  const log = await (await viewRun(at(run))).readLog();
  return log.flatMap((entry) => ("loss" in entry ? [entry["loss"]] : []));
}

test("fifteen kills change nothing", async () => {
  const text = "the quick brown fox jumps over the lazy dog and runs away.\n".repeat(400);
  await writeFile(at("fox.txt"), text);
  let running = start("killed");
  await running.saw("step 1/");
  let numMidway = 0;
  for (let kill = 0; kill < 15; kill++) {
    await sleep(Math.random() * 2000);
    if (running.process.kill("SIGKILL")) numMidway++;
    await running.ended;
    running = program.start(["pretrain", "--resume", at("killed")]);
  }
  const { code, errors } = await running.ended;
  expect([code, errors]).toEqual([0, ""]);
  expect(numMidway).toBeGreaterThan(5); // the others came after the end
  expect((await start("whole").ended).code).toBe(0);
  expect(await lossesOf("killed")).toEqual(await lossesOf("whole"));
});
