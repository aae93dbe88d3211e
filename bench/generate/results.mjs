// What was measured on one day on one machine: one file, to which every run with --save adds its cases.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { machineWords } from "../machine.mjs";

const folder = new URL("results/", import.meta.url);

/** Where the figures of this day and machine are, without the ending; `kind` tells apart what one table cannot hold. */
export function stemOf({ date, machine, kind = "" }) {
  return `${date}-${machineWords(machine)}${kind}`;
}

/** The runs that are saved already, but for those of a contender's case that is measured anew: `keyOf` says which is which. */
export function withSaved(stem, runs, keyOf) {
  const path = new URL(`${stem}.json`, folder);
  if (!existsSync(path)) return runs;
  const isNew = new Set(runs.map(keyOf));
  const saved = JSON.parse(readFileSync(path, "utf8")).runs;
  return [...saved.filter((run) => !isNew.has(keyOf(run))), ...runs];
}

/** Writes `<stem>.json` and `<stem>.md`. */
export function save(stem, result, markdown) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${stem}.json`, folder), `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(new URL(`${stem}.md`, folder), `${markdown}\n`);
}
