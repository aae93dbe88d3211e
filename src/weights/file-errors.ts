/** What the operating system refused, said so that a person can act on it. */

import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../errors.ts";

/** What stands in for room on a disk that has none left for this write. */
const noRoom: Record<string, (path: string) => Promise<string>> = {
  ENOSPC: freeSpace,
  EDQUOT: async () => "a used-up quota",
  EFBIG: async () => "a limit on the size of files",
};

const advice: Record<string, string> = {
  ENOENT: "Check the path.",
  ENOTDIR: "Check the path: a part of it is a file.",
  EISDIR: "Name a file, not a folder.",
  EACCES: "Check the permissions or choose another place.",
  EPERM: "Check the permissions or choose another place.",
  EEXIST: "Choose a name that is not taken.",
  ENOTEMPTY: "Choose a name that is not taken.",
  EROFS: "The file system is read-only: choose another place.",
};

/** Whether `error` came from the operating system and carries a code such as `ENOENT`. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && "syscall" in error && "code" in error;
}

/**
 * The error to throw when work on `path` failed with `error`: a UserError for what the operating system
 * refused, else `error` itself. `neededBytes` is what a write wanted to store.
 */
export async function fileError(
  error: unknown,
  path: string,
  neededBytes?: number,
): Promise<unknown> {
  if (!isSystemError(error)) return error;
  if (Object.hasOwn(noRoom, error.code)) {
    return new UserError(
      `${path}: expected room for ${neededBytes ? formatBytes(neededBytes) : "more"}, got ` +
        `${await noRoom[error.code](path)} (${error.code}). Free some space or choose another place; ` +
        `what was there before is untouched.`,
    );
  }
  const wanted = neededBytes === undefined ? "a readable file" : "a place that can be written";
  return new UserError(
    `${path}: expected ${wanted}, got ${error.code}. ${advice[error.code] ?? error.message + "."}`,
  );
}

async function freeSpace(path: string): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(dirname(path));
    return `${formatBytes(bavail * bsize)} free`;
  } catch {
    return "none"; // the folder itself may be gone; the code beside it tells the rest
  }
}

function formatBytes(bytes: number): string {
  return `${bytes.toLocaleString("en-US")} bytes`;
}
