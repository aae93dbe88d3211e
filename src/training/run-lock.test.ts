import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { acquireRunLock } from "./run-lock.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "run-lock-"))));
afterEach(() => rm(folder, { recursive: true }));

const claim = "lock-0123456789ab.json";
const leave = (content: object | string) =>
  writeFile(join(folder, claim), typeof content === "string" ? content : JSON.stringify(content));

/** The claim that this process makes, as another process would have to have made it. */
async function ownClaim(): Promise<Record<string, unknown>> {
  const lock = await acquireRunLock(folder);
  const [name] = await readdir(folder);
  const content = JSON.parse(await readFile(join(folder, name), "utf8")) as Record<string, unknown>;
  lock.release();
  return content;
}

test("a lock is held once, and again after it is released", async () => {
  const lock = await acquireRunLock(folder);
  await expect(acquireRunLock(folder)).rejects.toThrow(/in use by this process itself on host/);
  lock.release();
  expect(await readdir(folder)).toEqual([]);
  (await acquireRunLock(folder)).release();
});

test("of eight that want it at once exactly one gets it, in each of ten rounds", async () => {
  for (let round = 0; round < 10; round++) {
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => acquireRunLock(folder)),
    );
    const locks = results.filter((result) => result.status === "fulfilled");
    expect(locks).toHaveLength(1);
    locks[0].value.release();
    expect(await readdir(folder)).toEqual([]);
  }
});

test("a living process keeps its lock, and the message names pid, host, and the file to delete", async () => {
  await leave({ pid: process.ppid, host: hostname(), bootId: null, startTime: null });
  const refused = acquireRunLock(folder);
  await expect(refused).rejects.toThrow(UserError);
  await expect(refused).rejects.toThrow(`process ${process.ppid} on host ${hostname()}`);
  await expect(refused).rejects.toThrow(join(folder, claim));
});

test("the lock of a dead process is taken over", async () => {
  const pid = Number(execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }));
  await leave({ pid, host: hostname(), bootId: null, startTime: null });
  const lock = await acquireRunLock(folder);
  expect(await readdir(folder)).not.toContain(claim);
  lock.release();
});

test("a claim from another machine counts as alive", async () => {
  await leave({ pid: 1, host: "elsewhere", bootId: "other", startTime: "1" });
  await expect(acquireRunLock(folder)).rejects.toThrow(/process 1 on host elsewhere/);
});

test("a claim that a power failure left empty or torn does not count", async () => {
  for (const content of ["", '{"pid":', "null", "\0\0\0"]) {
    await leave(content);
    (await acquireRunLock(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  }
});

const tellsStartTimes = process.platform === "linux";
test.runIf(tellsStartTimes)(
  "a pid that now belongs to another process is not taken for alive",
  async () => {
    const own = await ownClaim();
    await leave(own);
    await expect(acquireRunLock(folder)).rejects.toThrow(UserError); // the same process
    await leave({ ...own, startTime: `${Number(own["startTime"]) - 1}` });
    (await acquireRunLock(folder)).release();
  },
);

test.runIf(tellsStartTimes)(
  "a claim from before the machine was restarted does not count",
  async () => {
    await leave({ ...(await ownClaim()), bootId: "an earlier one" });
    (await acquireRunLock(folder)).release();
  },
);

test("a folder that is not there is named", async () => {
  await expect(acquireRunLock(join(folder, "none"))).rejects.toThrow(
    /none\/lock-.*got nothing at that path/,
  );
});
