/** A corpus from files, patterns and standard input (Node only). */
import { randomUUID } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { open, stat, unlink, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { UserError } from "../errors.ts";
import { fileError } from "../file-errors.ts";
import { type Corpus, type TextChunk, type TextDocument, totalSize } from "./corpus.ts";
import { expandGlob, isGlob } from "./glob.ts";
import { Utf8Reader } from "./utf8.ts";

const chunkSizeBytes = 1 << 17; // encodes in well under 50 ms, so that the event loop stays free

export interface OpenCorpusOptions {
  /** What `-` stands for: the standard input of this process, unless said. */
  readonly stdin?: Readable;
  /** Stops waiting for a stream, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A corpus of files, of patterns (`data/**\/*.txt`, sorted) and of `-`, standard input, in the order named.
 * What cannot be read twice (standard input, pipes) is copied to a temporary file until `close`.
 * A missing, unreadable or empty file, a folder, and a pattern that matches nothing are `UserError`s.
 */
export async function openCorpus(
  paths: readonly string[],
  { stdin = process.stdin, signal }: OpenCorpusOptions = {},
): Promise<Corpus> {
  if (paths.length === 0) {
    throw new UserError(
      `corpus: expected at least one file, got none. Name one, or - for standard input.`,
    );
  }
  const opened = new OpenCorpus(signal);
  try {
    for (const path of paths) {
      if (path === "-") await opened.addStream("standard input", stdin);
      else if (isGlob(path) && !(await exists(path))) await opened.addGlob(path);
      else await opened.addFile(path);
    }
  } catch (error) {
    await opened.close();
    throw error;
  }
  return opened;
}

class OpenCorpus implements Corpus {
  readonly documents: TextDocument[] = [];
  readonly skipped: string[] = [];
  readonly #copies: FileHandle[] = [];
  readonly #signal: AbortSignal | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  get sizeBytes(): number {
    return totalSize(this.documents);
  }

  async close(): Promise<void> {
    await Promise.all(this.#copies.splice(0).map((copy) => copy.close()));
  }

  async addFile(path: string): Promise<void> {
    const stats = await statFile(path);
    if (!stats.isFile()) return this.addStream(path, createReadStream(path));
    if (stats.size === 0) throw empty(path, "Check that it was written, or leave it out.");
    this.documents.push(fileDocument(path, stats.size));
  }

  async addGlob(pattern: string): Promise<void> {
    const paths = await expandGlob(pattern).catch((error: unknown) => {
      throw fileError(error, pattern, "files");
    });
    const sizes: number[] = [];
    for (const path of paths) sizes.push((await statFile(path)).size);
    const full = paths.flatMap((path, i) => (sizes[i] > 0 ? [fileDocument(path, sizes[i])] : []));
    if (full.length === 0) {
      const got = paths.length === 0 ? "none" : `${paths.length} empty ones`;
      throw new UserError(
        `${pattern}: expected files that match, got ${got}. Check the pattern; ** stands for any folders.`,
      );
    }
    this.documents.push(...full);
    this.skipped.push(...paths.filter((_path, i) => sizes[i] === 0));
  }

  async addStream(name: string, stream: Readable): Promise<void> {
    const copy = await openTemporaryFile();
    this.#copies.push(copy);
    const sizeBytes = await copyStream(name, stream, copy, this.#signal);
    if (sizeBytes === 0) throw empty(name, "Pipe text into it.");
    this.documents.push({
      name,
      sizeBytes,
      chunks: (fromByte) => readChunks(name, copy, fromByte),
    });
  }
}

function fileDocument(path: string, sizeBytes: number): TextDocument {
  return {
    name: path,
    sizeBytes,
    async *chunks(fromByte) {
      const file = await openFile(path);
      try {
        yield* readChunks(path, file, fromByte);
      } finally {
        await file.close();
      }
    },
  };
}

/** Reads by position, so that one handle serves several readers. */
async function* readChunks(
  name: string,
  file: FileHandle,
  fromByte = 0,
): AsyncGenerator<TextChunk> {
  const reader = new Utf8Reader(name, { fromByte });
  const buffer = new Uint8Array(chunkSizeBytes);
  for (let position = fromByte; ;) {
    const { bytesRead } = await file
      .read(buffer, 0, buffer.length, position)
      .catch((error: unknown) => {
        throw fileError(error, name, "a text file");
      });
    if (bytesRead === 0) break;
    const before = reader.markBytes;
    const text = reader.read(buffer.subarray(0, bytesRead));
    yield { text, sizeBytes: bytesRead, markBytes: reader.markBytes - before };
    position += bytesRead;
  }
  reader.end();
}

async function copyStream(
  name: string,
  stream: Readable,
  copy: FileHandle,
  signal?: AbortSignal,
): Promise<number> {
  const stop = () => void stream.destroy(signal?.reason);
  signal?.addEventListener("abort", stop);
  let sizeBytes = 0;
  try {
    signal?.throwIfAborted();
    for await (const piece of stream) {
      const bytes = typeof piece === "string" ? Buffer.from(piece) : (piece as Uint8Array);
      await copy.writeFile(bytes); // continues where the last write ended
      sizeBytes += bytes.length;
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw fileError(error, name, "text that can be copied to a temporary file");
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  return sizeBytes;
}

/** A file without a name: it vanishes with its handle, even when the process is killed. */
async function openTemporaryFile(): Promise<FileHandle> {
  const path = join(tmpdir(), `scratchlm-${randomUUID()}`);
  const file = await open(path, "wx+", 0o600).catch((error: unknown) => {
    throw fileError(error, path, "a place for temporary files");
  });
  await unlink(path);
  return file;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function statFile(path: string): Promise<Stats> {
  const stats = await stat(path).catch((error: unknown) => {
    throw fileError(error, path, "a text file");
  });
  if (stats.isDirectory()) {
    throw new UserError(
      `${path}: expected a text file, got a folder. Name its files, for example "${join(path, "**", "*.txt")}".`,
    );
  }
  // Permission is asked now, not after an hour; a pipe may be opened only once.
  if (stats.isFile()) await (await openFile(path)).close();
  return stats;
}

async function openFile(path: string): Promise<FileHandle> {
  return open(path).catch((error: unknown) => {
    throw fileError(error, path, "a text file");
  });
}

function empty(name: string, advice: string): UserError {
  return new UserError(`${name}: expected text, got an empty file. ${advice}`);
}
