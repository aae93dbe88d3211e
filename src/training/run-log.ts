/**
 * The log of a run: a line of JSON per step, written at once. A process that is killed while it writes leaves at most a
 * torn last line, which reading passes over and opening cuts off.
 */

import { closeSync, fdatasync, ftruncateSync, openSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { UserError } from "../errors.ts";
import { fileError, placeToWrite } from "../file-errors.ts";
import { writeFileAtomically } from "../weights/index.ts";

/** One line: numbers by name, samples, remarks. Numbers that JSON lacks (NaN, infinities) are stored as null. */
export interface LogEntry {
  readonly step: number;
  readonly [name: string]: unknown;
}

/** All whole lines of the log at `path`, oldest first; throws UserError when a line before the last is damaged. */
export async function readLog(path: string): Promise<LogEntry[]> {
  return (await parseLog(path)).entries;
}

/** Opens the log at `path` for appending, its torn last line cut off. Throws UserError when it is missing or damaged. */
export async function openLog(path: string): Promise<RunLog> {
  return new RunLog(path, (await parseLog(path)).wholeBytes);
}

/** A log open for appending. */
export class RunLog {
  readonly #path: string;
  #file: number;
  #sizeBytes: number;

  /** Use `openLog`: the file must exist; what follows `sizeBytes` is cut off. */
  constructor(path: string, sizeBytes: number) {
    this.#path = path;
    this.#sizeBytes = sizeBytes;
    this.#file = openSync(path, "a");
    ftruncateSync(this.#file, sizeBytes);
  }

  /**
   * Appends a line before it returns, so lines keep their order without waiting and killing the process loses none.
   * Rejects with UserError when the disk is full; the log ends with the line before then.
   */
  async append(entry: LogEntry): Promise<void> {
    const line = Buffer.from(lineOf(entry));
    try {
      for (let done = 0; done < line.length;) done += writeSync(this.#file, line, done);
      this.#sizeBytes += line.length;
    } catch (error) {
      ftruncateSync(this.#file, this.#sizeBytes);
      throw fileError(error, this.#path, placeToWrite, line.length);
    }
  }

  /** Removes the entries after `step`, atomically: what a resumed run will write again. */
  async rewind(step: number): Promise<void> {
    const kept = (await readLog(this.#path)).filter((entry) => entry.step <= step);
    const content = Buffer.from(kept.map(lineOf).join(""));
    this.close(); // Windows does not replace an open file
    try {
      await writeFileAtomically(this.#path, [content]);
      this.#sizeBytes = content.length;
    } finally {
      this.#file = openSync(this.#path, "a");
    }
  }

  /** Makes what was appended survive a power failure too. */
  async sync(): Promise<void> {
    await promisify(fdatasync)(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}

function lineOf(entry: LogEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** The entries up to the first bad line, and the bytes they take; only the end of a log may be bad. */
async function parseLog(path: string): Promise<{ entries: LogEntry[]; wholeBytes: number }> {
  const bytes = await readFile(path).catch(async (error) => {
    throw fileError(error, path);
  });
  const entries: LogEntry[] = [];
  let wholeBytes = 0;
  let lineNumber = 0;
  for (let start = 0, end = 0; (end = bytes.indexOf("\n", start)) >= 0; start = end + 1) {
    lineNumber++;
    const entry = parseLine(bytes.toString("utf8", start, end));
    if (entry === undefined) continue;
    if (wholeBytes !== start) throw damaged(path, lineNumber - 1);
    entries.push(entry);
    wholeBytes = end + 1;
  }
  return { entries, wholeBytes };
}

function parseLine(line: string): LogEntry | undefined {
  try {
    const entry = JSON.parse(line) as Partial<LogEntry> | null;
    return typeof entry?.step === "number" ? (entry as LogEntry) : undefined;
  } catch {
    return undefined;
  }
}

function damaged(path: string, lineNumber: number): UserError {
  return new UserError(
    `${path}: expected a JSON object with a step on line ${lineNumber}, got something else. ` +
      `Mend or delete that line.`,
  );
}
