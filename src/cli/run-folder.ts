/** @file Which folder a run goes to, and which one was the last. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join, parse } from "node:path";
import { UserError } from "../errors.ts";
import { isRun } from "../training/index.ts";

const defaultHome = "runs";

/** `runs/<name of the first text>`, with a number where that is taken and may not be replaced. */
export function newRunFolder(
  files: readonly string[],
  overwrite: boolean,
  home = defaultHome,
): string {
  const stem = files[0] === "-" ? "stdin" : parse(basename(files[0])).name;
  const name = stem.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[.-]+|-+$/g, "") || "text";
  const first = join(home, name);
  if (overwrite || !existsSync(first)) return first;
  for (let number = 2; ; number++) {
    const path = `${first}-${number}`;
    if (!existsSync(path)) return path;
  }
}

/** The run in `runs/` that was written to last. Throws UserError when there is none. */
export function lastRunFolder(home = defaultHome): string {
  const names = existsSync(home) ? readdirSync(home) : [];
  const runs = names.map((name) => join(home, name)).filter(isRun);
  const changedAt = (path: string) => statSync(join(path, "log.jsonl")).mtimeMs;
  const [last] = runs.toSorted((a, b) => changedAt(b) - changedAt(a));
  if (last !== undefined) return last;
  throw new UserError(`--resume: expected a run in ${home}, got none. Name its folder.`);
}
