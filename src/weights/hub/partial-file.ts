/**
 * @file A file that is being fetched in parts, at once or over several sittings. Beside `<name>.partial` lies a journal
 * of what has come; the file takes its name when all of it has, and its checksum is right.
 */
import {
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
  type FileHandle,
} from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../../errors.ts";
import { fileError, placeToWrite } from "../../file-errors.ts";
import { syncDirectory } from "../atomic-file.ts";
import { checksumOf, type RemoteFile } from "./remote-file.ts";

/** Bytes `start … end − 1`, of which those before `at` have come. */
export interface Part {
  readonly start: number;
  /** Infinity where the length is not known. */
  end: number;
  at: number;
  /** The farthest that it ever came in this sitting. */
  farthest: number;
}

interface Journal {
  /** What tells whether the bytes belong to the file that is wanted now. */
  readonly identity: string;
  readonly parts: readonly { start: number; end: number | null; at: number }[];
}

const journalEveryMs = 1000;

export class PartialFile {
  readonly parts: Part[];
  readonly remote: RemoteFile;
  readonly #path: string;
  readonly #file: FileHandle;
  #journalAt = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(remote: RemoteFile, path: string, file: FileHandle, parts: Part[]) {
    this.remote = remote;
    this.#path = path;
    this.#file = file;
    this.parts = parts;
  }

  /** Opens what an earlier sitting left for `path`, or begins anew in parts of `partBytes`. */
  static async open(remote: RemoteFile, path: string, partBytes: number): Promise<PartialFile> {
    try {
      await mkdir(dirname(path), { recursive: true });
      const parts = (await readJournal(remote, path)) ?? newParts(remote.sizeBytes, partBytes);
      const isNew = parts.every(({ start, at }) => at === start);
      const file = await open(`${path}.partial`, isNew ? "w+" : "r+");
      return new PartialFile(remote, path, file, parts);
    } catch (error) {
      throw fileError(error, path, placeToWrite, remote.sizeBytes);
    }
  }

  get doneBytes(): number {
    return this.parts.reduce((sum, { start, at }) => sum + at - start, 0);
  }

  /** Writes `bytes` where `part` goes on; whether that brought it farther than ever before. */
  async write(part: Part, bytes: Uint8Array): Promise<boolean> {
    try {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.#file.write(bytes, done, undefined, part.at);
        done += bytesWritten;
        part.at += bytesWritten;
      }
    } catch (error) {
      throw fileError(error, this.#path, placeToWrite, this.remote.sizeBytes ?? bytes.length);
    }
    if (performance.now() - this.#journalAt >= journalEveryMs) {
      this.#journalAt = performance.now();
      await this.#saveJournal();
    }
    const isFarther = part.at > part.farthest;
    part.farthest = Math.max(part.at, part.farthest);
    return isFarther;
  }

  /** Forgets all that has come, since the server gives the file only whole: the one part that is left to fetch. */
  async restart(): Promise<Part> {
    const farthest = this.parts.length === 1 ? this.parts[0].farthest : 0;
    const [whole] = newParts(this.remote.sizeBytes, Infinity);
    for (const part of this.parts.splice(0, Infinity, { ...whole, farthest })) part.end = part.at;
    await this.#file.truncate(0);
    await this.#saveJournal();
    return this.parts[0];
  }

  /** Keeps what has come for another sitting. */
  async close(): Promise<void> {
    await this.#saveJournal();
    await this.#file.close();
  }

  /** Checks the whole and gives it its name. Throws a UserError, and forgets the bytes, where they are not the right ones. */
  async finish(): Promise<void> {
    await this.#writing;
    await this.#file.sync();
    await this.#file.close();
    const { size } = await stat(`${this.#path}.partial`);
    const fault = await this.#faultOf(size);
    if (fault === undefined) {
      await rename(`${this.#path}.partial`, this.#path).catch(tookItsName(this.#path));
      await rm(journalPath(this.#path), { force: true });
      return syncDirectory(dirname(this.#path));
    }
    await rm(`${this.#path}.partial`, { force: true });
    await rm(journalPath(this.#path), { force: true });
    throw new UserError(`${this.remote.url}: expected ${fault}. Download it again.`);
  }

  async #faultOf(size: number): Promise<string | undefined> {
    const { sizeBytes, checksum } = this.remote;
    if (sizeBytes !== undefined && size !== sizeBytes) return `${sizeBytes} bytes, got ${size}`;
    if (!checksum) return undefined;
    const got = await checksumOf(`${this.#path}.partial`, checksum.kind, size);
    return got === checksum.hex ? undefined : `checksum ${checksum.hex}, got ${got}`;
  }

  /** One after the other: the journal never goes back, and never tells of bytes that a crash may take. */
  #saveJournal(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const parts = this.parts.map(({ start, end, at }) => ({
        ...{ start, at },
        end: Number.isFinite(end) ? end : null,
      }));
      await this.#file.datasync();
      const journal: Journal = { identity: identityOf(this.remote), parts };
      await writeFile(`${journalPath(this.#path)}.new`, JSON.stringify(journal));
      await rename(`${journalPath(this.#path)}.new`, journalPath(this.#path));
    });
    return this.#writing;
  }
}

const journalPath = (path: string) => `${path}.partial.json`;

function identityOf({ sizeBytes, checksum, url }: RemoteFile): string {
  return `${sizeBytes ?? "?"} ${checksum?.hex ?? url}`;
}

function newParts(sizeBytes: number | undefined, partBytes: number): Part[] {
  if (sizeBytes === undefined) return [{ start: 0, end: Infinity, at: 0, farthest: 0 }];
  const count = Math.max(1, Math.ceil(sizeBytes / partBytes));
  return Array.from({ length: count }, (_none, i) => {
    const start = i === 0 ? 0 : i * partBytes;
    return { start, end: Math.min(sizeBytes, (i + 1) * partBytes), at: start, farthest: start };
  });
}

/** The parts as an earlier sitting left them; undefined where there are none of this very file. */
async function readJournal(remote: RemoteFile, path: string): Promise<Part[] | undefined> {
  try {
    const { identity, parts } = JSON.parse(await readFile(journalPath(path), "utf8")) as Journal;
    const { size } = await stat(`${path}.partial`);
    if (identity !== identityOf(remote)) return undefined;
    const read = parts.map(({ start, end, at }) => ({
      start,
      at,
      end: end ?? Infinity,
      farthest: at,
    }));
    const isSound = read.every(({ start, end, at }) => start <= at && at <= end);
    return isSound && read.every(({ start, at }) => at === start || at <= size) ? read : undefined;
  } catch {
    return undefined; // none, or one that a crash cut short: what it told of is fetched again
  }
}

/** Another process may have finished the same file first. */
function tookItsName(path: string) {
  return async (error: unknown): Promise<void> => {
    const exists = await stat(path).then(
      () => true,
      () => false,
    );
    if (!exists) throw fileError(error, path, placeToWrite);
  };
}
