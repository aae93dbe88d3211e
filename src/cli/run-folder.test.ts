import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { lastRunFolder, newRunFolder } from "./run-folder.ts";

const home = mkdtempSync(join(tmpdir(), "runs-"));
afterAll(() => rmSync(home, { recursive: true }));

function makeRun(name: string, minutesAgo: number): void {
  mkdirSync(join(home, name, "checkpoints"), { recursive: true });
  for (const file of ["config.json", "log.jsonl"]) writeFileSync(join(home, name, file), "");
  const time = Date.now() / 1000 - minutesAgo * 60;
  utimesSync(join(home, name, "log.jsonl"), time, time);
}

test("a run is named after its first text, with a number where that is taken", () => {
  expect(newRunFolder(["texts/My book.txt", "b.txt"], false, home)).toBe(join(home, "My-book"));
  expect(newRunFolder(["-"], false, home)).toBe(join(home, "stdin"));
  expect(newRunFolder(["../..", "*.txt"], false, home)).toBe(join(home, "text"));
  expect(newRunFolder(["莫比.txt"], false, home)).toBe(join(home, "莫比"));
  makeRun("fox", 1);
  expect(newRunFolder(["fox.txt"], false, home)).toBe(join(home, "fox-2"));
  makeRun("fox-2", 3);
  expect(newRunFolder(["fox.txt"], false, home)).toBe(join(home, "fox-3"));
  expect(newRunFolder(["fox.txt"], true, home)).toBe(join(home, "fox"));
});

test("the last run is the one that was written to last", () => {
  makeRun("old", 60);
  makeRun("new", 0);
  mkdirSync(join(home, "no-run"));
  expect(lastRunFolder(home)).toBe(join(home, "new"));
  expect(() => lastRunFolder(join(home, "none"))).toThrow("--resume: expected a run");
});
