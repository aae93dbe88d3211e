/**
 * Files by pattern: `*` and `?` within a name, `**` for any folders. Our own, because Node has `fs.glob` only from
 * version 22 and shells leave patterns alone that are quoted or come from a configuration file.
 */
import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";

/** Whether a path is meant as a pattern. */
export function isGlob(path: string): boolean {
  return /[*?]/.test(path);
}

/**
 * Paths of the files that match, sorted by UTF-16 units. As in a shell, wildcards pass over names that start with a
 * dot, and `**` does not follow links to folders. Fails with the error of the file system where it may not read.
 */
export async function expandGlob(pattern: string): Promise<string[]> {
  const slashed = process.platform === "win32" ? pattern.replaceAll("\\", "/") : pattern;
  const segments = slashed.split("/");
  const start = segments[0] === "" ? "/" : "";
  const found = new Set<string>();
  await walk(start, segments.filter(Boolean), found);
  return [...found].sort();
}

async function walk(
  folder: string,
  segments: readonly string[],
  found: Set<string>,
): Promise<void> {
  const [segment, ...rest] = segments;
  if (segment === "**") return walkAnyDepth(folder, rest, found);
  if (!isGlob(segment)) return step(folder + segment, rest, found);
  const pattern = segmentPattern(segment);
  for (const { name } of await entries(folder)) {
    if (pattern.test(name)) await step(folder + name, rest, found);
  }
}

async function walkAnyDepth(
  folder: string,
  rest: readonly string[],
  found: Set<string>,
): Promise<void> {
  await walk(folder, rest.length > 0 ? rest : ["*"], found);
  for (const entry of await entries(folder)) {
    if (entry.isDirectory() && !entry.name.startsWith(".")) {
      await walkAnyDepth(`${folder}${entry.name}/`, rest, found);
    }
  }
}

/** Takes a path that matches so far: a file when the pattern ends here, else a folder to go into. */
async function step(path: string, rest: readonly string[], found: Set<string>): Promise<void> {
  const isFolder = await kindOf(path);
  if (rest.length === 0 && isFolder === false) found.add(path);
  if (rest.length > 0 && isFolder === true) await walk(`${path}/`, rest, found);
}

/** Whether the path is a folder; `undefined` when there is nothing, such as a link that leads nowhere. */
async function kindOf(path: string): Promise<boolean | undefined> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function entries(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder || ".", { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function segmentPattern(segment: string): RegExp {
  const body = segment
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll(/\*+/g, "[^]*")
    .replaceAll("?", "[^]");
  return new RegExp(`^${segment.startsWith(".") ? "" : "(?!\\.)"}${body}$`, "u");
}
