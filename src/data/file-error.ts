import { UserError } from "../errors.ts";

const reasons: Record<string, readonly [got: string, advice: string]> = {
  ENOENT: ["nothing at that path", "Check the path."],
  ENOTDIR: ["a path that leads through a file", "Check the path."],
  EEXIST: ["a file in its place", "Choose another name."],
  EACCES: ["no permission", "Change the permissions or run as another user."],
  EPERM: ["no permission", "Change the permissions or run as another user."],
  EISDIR: ["a folder", "Name a file."],
  ENOSPC: ["a full disk", "Free some space or choose another disk."],
  EDQUOT: ["a full quota", "Free some space or choose another disk."],
  EROFS: ["a file system that is read-only", "Choose another place."],
  EMFILE: ["too many open files", "Raise the limit (ulimit -n) or name fewer files."],
};

/** What a failed file operation means to a person; errors that no file system raised come back as they are. */
export function fileError(error: unknown, path: string, expected: string): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  if (code === undefined || error instanceof UserError) return error;
  const [got, advice] = reasons[code] ?? [`the error ${code}`, "Check the file system."];
  return new UserError(`${path}: expected ${expected}, got ${got}. ${advice}`);
}
