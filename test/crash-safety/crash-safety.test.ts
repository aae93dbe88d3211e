/** What design.md promises: stopping at any instant loses at most the steps since the last checkpoint. */

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRun, openRun, viewRun, type Run } from "../../src/training/run-directory.ts";
import { compilePrograms } from "./compile.ts";

let programs: ReturnType<typeof compilePrograms>;
let folder: string;
beforeAll(async () => {
  programs = compilePrograms("save-loop", "hold-lock", "fill-disk");
  folder = await mkdtemp(join(tmpdir(), "runs-"));
});
afterAll(async () => {
  await rm(programs.folder, { recursive: true });
  await rm(folder, { recursive: true });
});

function start(program: string, run: string): ChildProcess {
  return spawn(process.execPath, [programs.pathOf(program), run], {
    stdio: ["pipe", "pipe", "inherit"],
  });
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [chunk] = (await once(child.stdout!, "data")) as [Buffer];
  return chunk.toString();
}

async function kill(child: ChildProcess): Promise<void> {
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
}

/** The same delays in every run of the test, up to `mostMs`. */
function* delays(count: number, mostMs: number): Generator<number> {
  for (let i = 1; i <= count; i++) yield ((i * 0.618034) % 1) * mostMs; // golden ratio: evenly spread
}

async function expectWhole(run: Run, reportedStep: number): Promise<void> {
  const found = await run.listCheckpoints();
  expect(found.at(-1)!.step).toBeGreaterThanOrEqual(reportedStep);
  for (const { step } of found) {
    const checkpoint = await run.loadCheckpoint(step);
    const weights = await checkpoint.model.readFloat32("weight");
    const means = await checkpoint.optimizer.readFloat32("weight.mean");
    await checkpoint.close();
    expect(weights.every((value) => value === step)).toBe(true);
    expect(means.every((value) => value === -step)).toBe(true);
    expect(checkpoint.state.dataCursor).toEqual({ epoch: 0, batch: step });
  }
  const log = await run.readLog();
  expect(log.filter(({ step }) => step <= reportedStep)).toHaveLength(20 * reportedStep);
  expect((await readdir(run.path)).filter((name) => !name.startsWith("lock-")).sort()).toEqual(
    ["checkpoints", "config.json", "log.jsonl"], // no litter
  );
  const names = await readdir(join(run.path, "checkpoints"));
  expect(names.filter((name) => !/^step-\d{6}$/.test(name))).toEqual([]);
}

describe("kill -9", () => {
  test("at 20 moments while checkpoints are saved leaves a run that opens, whole and clean", async () => {
    const path = join(folder, "killed");
    await (await createRun(path, { seed: 1 })).close();
    let reportedStep = 0;
    let litteredTimes = 0;
    for (const delayMs of delays(20, 120)) {
      const child = start("save-loop", path);
      let output = await firstLine(child);
      child.stdout!.on("data", (chunk: Buffer) => (output += chunk.toString()));
      await sleep(delayMs);
      await kill(child);
      reportedStep = Number(output.slice(0, output.lastIndexOf("\n")).split("\n").at(-1));
      const names = await readdir(join(path, "checkpoints"));
      if (names.some((name) => !/^step-\d{6}$/.test(name))) litteredTimes++;
      const run = await openRun(path); // takes the lock over from the dead process
      await expectWhole(run, reportedStep);
      await run.close();
    }
    expect(litteredTimes).toBeGreaterThan(0); // else no kill came in the middle of saving
  });

  test("of a process that holds a run lets exactly one of six others take it over", async () => {
    const path = join(folder, "contended");
    await (await createRun(path, {})).close();
    const holder = start("hold-lock", path);
    const pid = (await firstLine(holder)).trim().replace("got it ", "");
    await expect(openRun(path)).rejects.toThrow(new RegExp(`in use by process ${pid} on host`));
    await viewRun(path); // looking is allowed
    await kill(holder);

    const rivals = Array.from({ length: 6 }, () => start("hold-lock", path));
    const ends = rivals.map((rival) => once(rival, "close"));
    const answers = await Promise.all(rivals.map(firstLine));
    const winners = answers.filter((answer) => answer.startsWith("got it"));
    expect(winners, answers.join("")).toHaveLength(1);
    expect(answers.filter((answer) => answer.startsWith("refused"))).toHaveLength(5);

    for (const rival of rivals) rival.stdin!.end();
    await Promise.all(ends);
    expect((await readdir(path)).sort()).toEqual(["checkpoints", "config.json", "log.jsonl"]);
  });
});

describe("a full disk", () => {
  /** Runs fill-disk in a shell that limits what it may write; `$0` is Node, `$1` the program, `$2` the run. */
  function fillDisk(command: string[], script: string, name: string) {
    const run = join(folder, name);
    const [program, ...args] = [...command, "sh", "-c", script];
    const all = [...args, process.execPath, programs.pathOf("fill-disk"), run];
    return { run, ...spawnSync(program, all, { encoding: "utf8" }) };
  }

  function expectReported(
    { run, stdout, stderr, status }: ReturnType<typeof fillDisk>,
    got: string,
  ) {
    expect(status, stderr).toBe(0);
    const left = JSON.parse(stdout) as { message: string; names: string[] };
    expect(left).toMatchObject({ names: ["step-000001"], step: 1, weight: 1 });
    expect(left.message).toContain(`${run}/checkpoints/step-000002/model.safetensors: `);
    expect(left.message).toMatch(/expected room for 8,000,\d+ bytes/);
    expect(left.message).toContain(got);
  }

  test.skipIf(process.platform === "win32")("(a limit on file sizes) is reported", () => {
    expectReported(
      fillDisk([], 'ulimit -f 2048; exec "$0" "$@"', "limited"),
      "got a limit on the size of files",
    );
  });

  // A file system of 3 MB in a mount namespace of its own, which ends with the process.
  const ownMounts = ["unshare", "--mount", "--map-root-user"];
  const mount = (place: string) => `mount -t tmpfs -o size=3m tmpfs "${place}"`;
  const canMount = spawnSync(ownMounts[0], [
    ...ownMounts.slice(1),
    "sh",
    "-c",
    mount("/mnt"),
  ]).status;
  test.skipIf(canMount !== 0)(
    "(a small file system) is reported, and earlier checkpoints stay",
    () => {
      expectReported(
        fillDisk(ownMounts, `${mount(folder)} && exec "$0" "$@"`, "full"),
        " bytes free",
      );
    },
  );
});
