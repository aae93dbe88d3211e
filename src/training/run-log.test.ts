import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { openLog, readLog } from "./run-log.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "run-log-"));
  path = join(folder, "log.jsonl");
  await writeFile(path, "");
});
afterEach(() => rm(folder, { recursive: true }));

async function append(...steps: number[]): Promise<void> {
  const log = await openLog(path);
  for (const step of steps) await log.append({ step, text: "Wörter 文\n" });
  log.close();
}
const stepsOf = async () => (await readLog(path)).map(({ step }) => step);

test("lines are in the file as soon as append returns, in order, without waiting", async () => {
  const log = await openLog(path);
  const pending = [1, 2, 3].map((step) => log.append({ step, loss: 1 / step }));
  expect(await readLog(path)).toEqual([1, 2, 3].map((step) => ({ step, loss: 1 / step })));
  await Promise.all(pending);
  log.close();
});

test("a log torn at any byte loses its last line only, and goes on after it", async () => {
  await append(1, 2, 3);
  const whole = await readFile(path);
  const lineBytes = whole.length / 3;
  for (let torn = 1; torn <= lineBytes; torn++) {
    await writeFile(path, whole.subarray(0, whole.length - torn));
    expect(await stepsOf()).toEqual([1, 2]);
    await append(4);
    expect(await stepsOf()).toEqual([1, 2, 4]);
  }
});

test("zeros that a power failure left at the end are cut off", async () => {
  await append(1);
  await appendFile(path, Buffer.from("\0\0\0\n\0\0"));
  expect(await stepsOf()).toEqual([1]);
  await append(2);
  expect(await stepsOf()).toEqual([1, 2]);
});

test("a damaged line in the middle is named instead of hiding what follows", async () => {
  await writeFile(path, '{"step":1}\n{"step":\n{"step":3}\n');
  await expect(readLog(path)).rejects.toThrow(UserError);
  await expect(openLog(path)).rejects.toThrow(/log\.jsonl: .* on line 2/);
});

test("rewinding removes what came after a step, and appending goes on there", async () => {
  await append(1, 2, 2, 3, 4);
  const log = await openLog(path);
  await log.rewind(2);
  await log.append({ step: 3 });
  await log.sync();
  log.close();
  expect(await stepsOf()).toEqual([1, 2, 2, 3]);
});

test("a missing log is named", async () => {
  await expect(openLog(join(folder, "none"))).rejects.toThrow(/none: .*got nothing at that path/);
});

test("a number that JSON lacks becomes null", async () => {
  const log = await openLog(path);
  await log.append({ step: 1, loss: NaN });
  log.close();
  expect(await readLog(path)).toEqual([{ step: 1, loss: null }]);
  await truncate(path);
});
