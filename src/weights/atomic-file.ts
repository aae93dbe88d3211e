/**
 * Writing a file so that its name always shows either the earlier content or the whole new one: temporary name in the
 * same folder, fsync, rename, fsync of the folder. Data goes out in chunks, so the event loop stays free.
 */

import { randomBytes } from "node:crypto";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { fileError, placeToWrite } from "../file-errors.ts";

/** Size of one write, in bytes; copying or checksumming that much takes under 10 ms. */
const chunkBytes = 2 * 1024 * 1024;

/** Bytes that are made when they are written, and not kept. */
export interface DeferredPart {
  readonly byteLength: number;
  make(): ArrayBufferView | Promise<ArrayBufferView>;
}

type Part = ArrayBufferView | DeferredPart;

/** What was written: enough to notice later that a file is no longer what it was. */
export interface FileSummary {
  readonly sizeBytes: number;
  readonly crc32: number;
}

/**
 * Replaces `path` by the bytes of `parts`, one after the other, and returns their size and CRC-32.
 * The parts must not change meanwhile. Throws UserError when the disk is full or the place cannot be written;
 * the temporary file is removed then and an earlier file stays as it was.
 */
export async function writeFileAtomically(
  path: string,
  parts: readonly Part[],
): Promise<FileSummary> {
  const temporary = join(dirname(path), temporaryName(basename(path)));
  const neededBytes = parts.reduce((total, part) => total + part.byteLength, 0);
  try {
    const checksum = await writeDurably(temporary, parts);
    await rename(temporary, path);
    await syncDirectory(dirname(path));
    return { sizeBytes: neededBytes, crc32: checksum };
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // the first failure is the one to report
    throw fileError(error, path, placeToWrite, neededBytes);
  }
}

/** A hidden name beside `name`, unique to this call; `isTemporaryName` recognises it. */
export function temporaryName(name: string): string {
  return `.${name}.${randomBytes(6).toString("hex")}.tmp`;
}

/** Whether `name` was made by `temporaryName`: what a killed process may leave behind. */
export function isTemporaryName(name: string): boolean {
  return /^\..+\.[0-9a-f]{12}\.tmp$/.test(name);
}

/** Makes renames and removals inside `directory` survive a power failure. */
export async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === "win32") return; // Windows cannot open a folder and orders renames itself
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeDurably(path: string, parts: readonly Part[]): Promise<number> {
  const file = await open(path, "wx");
  try {
    let checksum = 0;
    for await (const chunk of chunksOf(parts)) {
      checksum = crc32(chunk, checksum);
      await writeFully(file, chunk);
    }
    await file.sync();
    return checksum;
  } finally {
    await file.close();
  }
}

async function* chunksOf(parts: readonly Part[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    const { buffer, byteOffset, byteLength } = "make" in part ? await part.make() : part;
    if (byteLength !== part.byteLength) throw new Error("write: a part is not as long as it said.");
    for (let start = 0; start < byteLength; start += chunkBytes) {
      const length = Math.min(chunkBytes, byteLength - start);
      const view = new Uint8Array(buffer, byteOffset + start, length);
      // Shared memory is copied: what another thread writes meanwhile must not get past the checksum.
      yield buffer instanceof SharedArrayBuffer ? view.slice() : view;
    }
  }
}

async function writeFully(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    done += (await file.write(chunk, done, chunk.length - done)).bytesWritten;
  }
}
