/**
 * One writer per run directory. Each process that wants it puts down a claim, a file of its own, and then looks for
 * others: of two claims at least the later one sees the other and is withdrawn. Claims of dead processes (kill -9) are
 * removed on sight; as no claim's name is used twice, that can never remove a living one.
 */

import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../errors.ts";
import { fileError, placeToWrite } from "../file-errors.ts";
import { temporaryName } from "../weights/index.ts";

/** What keeps other processes out of a run directory until it is released or the process ends. */
export interface RunLock {
  release(): void;
}

interface Claim {
  readonly pid: number;
  readonly host: string;
  /** Differs after a restart of the machine; null where the system does not tell. */
  readonly bootId: string | null;
  /** Tells a process from a later one with the same pid, in clock ticks since boot; null where unknown. */
  readonly startTime: string | null;
}

const claimName = /^lock-[0-9a-f]{12}\.json$/;
const attempts = 6;
const heldClaims = new Set<string>();

/** Whether `name`, inside a run directory, is a claim or one that is being put down. */
export function isLockName(name: string): boolean {
  return claimName.test(name) || name.startsWith(".lock-");
}

/**
 * Locks `directory` for this process; takes over from a process that died. Throws UserError naming pid and host when
 * another one uses it. A claim from another machine counts as alive, because it cannot be asked.
 */
export async function acquireRunLock(directory: string): Promise<RunLock> {
  for (let attempt = 1; ; attempt++) {
    const path = await putClaim(directory);
    try {
      const rival = await livingRival(directory, path);
      if (rival === undefined) return { release: () => withdraw(path) };
      withdraw(path);
      if (attempt === attempts) throw inUse(directory, rival);
    } catch (error) {
      withdraw(path);
      throw error;
    }
    await sleep(Math.random() * 5 * 2 ** attempt); // two that began together must not meet again
  }
}

async function putClaim(directory: string): Promise<string> {
  const path = join(directory, `lock-${randomBytes(6).toString("hex")}.json`);
  const temporary = join(directory, temporaryName(basename(path)));
  try {
    // Renamed into place, so that nobody reads half a claim.
    writeFileSync(temporary, JSON.stringify(claimOf(process.pid)));
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fileError(error, path, placeToWrite, 200);
  }
  if (heldClaims.size === 0) process.on("exit", withdrawAll);
  heldClaims.add(path);
  return path;
}

function withdraw(path: string): void {
  rmSync(path, { force: true });
  if (heldClaims.delete(path) && heldClaims.size === 0) process.off("exit", withdrawAll);
}

function withdrawAll(): void {
  for (const path of heldClaims) rmSync(path, { force: true });
}

/** A claim other than `own` whose process may be alive, with its path; removes the dead ones. */
async function livingRival(directory: string, own: string) {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (path === own || !claimName.test(name)) continue;
    const claim = await readClaim(path);
    if (claim !== "gone" && claim !== "broken" && isAlive(claim)) return { ...claim, path };
    rmSync(path, { force: true });
  }
  return undefined;
}

/** A claim is whole from its first moment; only a power failure leaves a broken one, and no process outlives that. */
async function readClaim(path: string): Promise<Claim | "gone" | "broken"> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "gone";
    throw fileError(error, path);
  }
  try {
    const claim = JSON.parse(text) as Partial<Claim> | null;
    if (!Number.isSafeInteger(claim?.pid) || typeof claim?.host !== "string") return "broken";
    return { bootId: null, startTime: null, ...claim } as Claim;
  } catch {
    return "broken";
  }
}

function claimOf(pid: number): Claim {
  const bootId = readSystemFile("/proc/sys/kernel/random/boot_id")?.trim() ?? null;
  return { pid, host: hostname(), bootId, startTime: processStat(pid)?.startTime ?? null };
}

function isAlive({ pid, host, bootId, startTime }: Claim): boolean {
  if (host !== hostname()) return true;
  const own = claimOf(process.pid);
  if (bootId !== null && own.bootId !== null && bootId !== own.bootId) return false;
  if (!canBeSignalled(pid)) return false;
  const found = processStat(pid);
  if (found === undefined) return true; // the system does not tell more than that the pid is taken
  return !found.isZombie && (startTime === null || startTime === found.startTime);
}

function canBeSignalled(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // alive, of another user
  }
}

/** Linux only: state and start time from /proc/<pid>/stat, whose second field, in parentheses, may hold anything. */
function processStat(pid: number): { isZombie: boolean; startTime: string } | undefined {
  const stat = readSystemFile(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // from field 3, the state, on
  return { isZombie: fields[0] === "Z" || fields[0] === "X", startTime: fields[19] };
}

function readSystemFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // not Linux, or no such process
  }
}

function inUse(directory: string, rival: Claim & { path: string }): UserError {
  const who = rival.pid === process.pid ? "this process itself" : `process ${rival.pid}`;
  return new UserError(
    `${directory}: expected a run that nobody else writes to, got one in use by ${who} on host ` +
      `${rival.host}. Wait for it, stop it, or, if it is gone for sure, delete ${rival.path}.`,
  );
}
