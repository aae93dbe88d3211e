/** @file A file opened for positional reads that are never short and never block the event loop for long. */
import { open, stat, type FileHandle } from "node:fs/promises";
import { UserError } from "../errors.ts";
import { fileError } from "../file-errors.ts";

/** Bytes of one read: a multiple of every element size; converting that much takes under 10 ms. */
const chunkBytes = 2 * 1024 * 1024;

export class RegularFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle, sizeBytes: number) {
    this.path = path;
    this.#file = file;
    this.sizeBytes = sizeBytes;
  }

  /** Opens the file at `path`. Throws a UserError where there is none, or something that is no file. */
  static async open(path: string): Promise<RegularFile> {
    try {
      // Looked at before it is opened: opening a named pipe would wait for a writer.
      const found = await stat(path);
      if (!found.isFile()) {
        const got = found.isDirectory() ? "a folder" : "a device";
        throw new UserError(`${path}: expected a file, got ${got}. Name a file.`);
      }
      const file = await open(path, "r");
      return new RegularFile(path, file, (await file.stat()).size);
    } catch (error) {
      throw fileError(error, path);
    }
  }

  /** Fills `target` with the bytes from `position` on. Throws a UserError where the file ends before. */
  async read(target: Uint8Array, position: number): Promise<void> {
    for (let at = 0; at < target.length; at += chunkBytes) {
      await this.#readChunk(target.subarray(at, at + chunkBytes), position + at);
    }
  }

  async #readChunk(target: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < target.length;) {
      const left = target.length - done;
      const { bytesRead } = await this.#file
        .read(target, done, left, position + done)
        .catch(async (error: unknown) => {
          throw fileError(error, this.path);
        });
      if (bytesRead === 0) {
        const end = position + target.length;
        throw new UserError(
          `${this.path}: expected data up to byte ${end}, got an earlier end. The file was cut short: get or save it again.`,
        );
      }
      done += bytesRead;
    }
  }

  /** The first bytes, at most `length` of them: what tells kinds of files apart. */
  async prefix(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(Math.min(length, this.sizeBytes));
    await this.read(bytes, 0);
    return bytes;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
