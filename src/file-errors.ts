/** @file What the operating system refused, said so that a person can act on it. */

import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "./errors.ts";

const checkPath = "Check the path.";
const otherName = "Choose a name that is not taken.";
const permissions = "Check the permissions or choose another place.";
const freeSpace = "Free some space or choose another place; what was there before is untouched.";

/** What each code found instead of the file that was expected, and what to do. */
const reasons: Readonly<Record<string, readonly [got: string, advice: string]>> = {
  ENOENT: ["nothing at that path", checkPath],
  ENOTDIR: ["a path that leads through a file", checkPath],
  EISDIR: ["a folder", "Name a file."],
  EEXIST: ["a file in its place", otherName],
  ENOTEMPTY: ["a folder with something in it", otherName],
  EACCES: ["no permission", permissions],
  EPERM: ["no permission", permissions],
  EROFS: ["a file system that is read-only", "Choose another place."],
  EMFILE: ["too many open files", "Raise the limit (ulimit -n) or name fewer files."],
};

/** What stands in for room on a disk that has none left for a write. */
const noRoom: Readonly<Record<string, (path: string) => string>> = {
  ENOSPC: (path) => `a full disk${spaceLeft(path)}`,
  EDQUOT: () => "a full quota",
  EFBIG: () => "a limit on the size of files",
};

/** Whether `error` came from the operating system and carries a code such as `ENOENT`. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && "syscall" in error && "code" in error;
}

/** What a place is expected to be when it is written to. */
export const placeToWrite = "a place that can be written";

/**
 * The error to throw when work on `path` failed with `error`: a UserError for what the operating system refused, else
 * `error` itself. `expected` is what should have been there; `neededBytes`, what a write wanted to store.
 */
export function fileError(
  error: unknown,
  path: string,
  expected = "a readable file",
  neededBytes?: number,
): unknown {
  if (!isSystemError(error)) return error;
  const { code } = error;
  if (Object.hasOwn(noRoom, code)) {
    const room = neededBytes ? `room for ${formatBytes(neededBytes)}` : expected;
    return new UserError(`${path}: expected ${room}, got ${noRoom[code](path)}. ${freeSpace}`);
  }
  const [got, advice] = Object.hasOwn(reasons, code)
    ? reasons[code]
    : [`the error ${code}`, `${error.message}.`];
  return new UserError(`${path}: expected ${expected}, got ${got}. ${advice}`);
}

function spaceLeft(path: string): string {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return ` with ${formatBytes(bavail * bsize)} free`;
  } catch {
    return ""; // the folder itself may be gone
  }
}

function formatBytes(bytes: number): string {
  return `${bytes.toLocaleString("en-US")} bytes`;
}
