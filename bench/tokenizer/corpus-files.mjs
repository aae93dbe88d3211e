// Text files of an installed package, in an order that every machine agrees on.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The `node_modules` that rivals are installed in, and the project's own. */
export const benchModules = fileURLToPath(new URL("../node_modules/", import.meta.url));
export const projectModules = fileURLToPath(new URL("../../node_modules/", import.meta.url));

/** Paths below `folder` whose name `matches`, by code unit; no link is followed. */
export function filesBelow(folder, matches) {
  if (!existsSync(folder)) throw new Error(`${folder}: not there; is everything installed?`);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && matches(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort((a, b) => (a < b ? -1 : 1));
}

/** The files' texts, one after the other; what is not UTF-8 is left out. */
export function* textsOf(paths) {
  for (const path of paths) {
    const text = textOf(readFileSync(path));
    if (text !== undefined) yield text;
  }
}

/** Bytes as text, or nothing where they are none. */
export function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
