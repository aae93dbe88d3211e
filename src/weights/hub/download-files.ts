/** @file Fetches several files at once, large ones in several parts at once, each resumed where it stopped. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Response } from "undici";
import { UserError } from "../../errors.ts";
import { connectionFailure, get, PassingFailure } from "./http.ts";
import { PartialFile, type Part } from "./partial-file.ts";
import type { RemoteFile } from "./remote-file.ts";
import { retrying, type RetryOptions } from "./retry.ts";

export interface DownloadProgress {
  readonly doneBytes: number;
  /** Of all files whose size is known. */
  readonly totalBytes: number;
  /** Bytes that came over the network in this sitting. */
  readonly fetchedBytes: number;
}

export interface DownloadOptions extends RetryOptions {
  /** Requests at a time; 4 unless said. */
  readonly parallel?: number | undefined;
  /** Larger files come in parts of this size. */
  readonly partBytes?: number | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

const defaultPartBytes = 64 * 1024 * 1024;

/**
 * Fetches `files` into `folder`; what is there already stays. Throws a UserError where the network, the server or the
 * disk refuses, and the signal's reason when stopped: what has come is then kept for the next call.
 */
export async function downloadFiles(
  files: readonly RemoteFile[],
  folder: string,
  options: DownloadOptions = {},
): Promise<void> {
  const missing: RemoteFile[] = [];
  for (const file of files) if (!(await isThere(file, folder))) missing.push(file);
  await new Download(files, missing, folder, options).run();
}

async function isThere({ path, sizeBytes }: RemoteFile, folder: string): Promise<boolean> {
  const found = await stat(join(folder, path)).catch(() => undefined);
  return found !== undefined && (sizeBytes === undefined || found.size === sizeBytes);
}

class Download {
  readonly #missing: readonly RemoteFile[];
  readonly #folder: string;
  readonly #options: DownloadOptions;
  readonly #failure = new AbortController();
  readonly #signal: AbortSignal;
  readonly #totalBytes: number;
  readonly #open: PartialFile[] = [];
  #finishedBytes: number;
  #fetchedBytes = 0;

  constructor(
    files: readonly RemoteFile[],
    missing: readonly RemoteFile[],
    folder: string,
    options: DownloadOptions,
  ) {
    const sizeOf = (all: readonly RemoteFile[]) =>
      all.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
    this.#missing = missing;
    this.#folder = folder;
    this.#options = options;
    this.#totalBytes = sizeOf(files);
    this.#finishedBytes = this.#totalBytes - sizeOf(missing);
    const signals = [this.#failure.signal, ...(options.signal ? [options.signal] : [])];
    this.#signal = AbortSignal.any(signals);
  }

  /** Workers take one part after another; the first failure stops all. */
  async run(): Promise<void> {
    const work = this.#work();
    const worker = async () => {
      for await (const task of work) await task();
    };
    const { parallel = 4 } = this.#options;
    const workers = Array.from({ length: Math.max(1, parallel) }, () =>
      worker().catch((error: unknown) => {
        this.#failure.abort(error);
        throw error;
      }),
    );
    const results = await Promise.allSettled(workers);
    await Promise.all(this.#open.splice(0).map((file) => file.close().catch(() => undefined)));
    if (results.some(({ status }) => status === "rejected")) {
      throw this.#options.signal?.aborted
        ? this.#options.signal.reason
        : this.#failure.signal.reason;
    }
  }

  async *#work(): AsyncGenerator<() => Promise<void>> {
    const { partBytes = defaultPartBytes } = this.#options;
    for (const remote of this.#missing) {
      if (this.#signal.aborted) return;
      const file = await PartialFile.open(remote, join(this.#folder, remote.path), partBytes);
      this.#open.push(file);
      const parts = [...file.parts];
      let left = parts.length;
      for (const part of parts) {
        yield async () => {
          await this.#fetchPart(file, part);
          if (--left === 0) await this.#finish(file);
        };
      }
    }
  }

  async #finish(file: PartialFile): Promise<void> {
    this.#signal.throwIfAborted();
    this.#open.splice(this.#open.indexOf(file), 1);
    const { doneBytes } = file;
    await file.finish();
    this.#finishedBytes += doneBytes;
    this.#report();
  }

  async #fetchPart(file: PartialFile, part: Part): Promise<void> {
    const { url } = file.remote;
    const options = { ...this.#options, signal: this.#signal };
    await retrying(url, (progressed) => this.#attempt(file, part, progressed), options);
  }

  /** One request for what is missing of `part`. */
  async #attempt(file: PartialFile, part: Part, progressed: () => void): Promise<void> {
    if (part.at >= part.end) return;
    const { url, token, sizeBytes } = file.remote;
    const isWhole = part.at === 0 && part.end === (sizeBytes ?? Infinity);
    const last = Number.isFinite(part.end) ? part.end - 1 : "";
    const range = isWhole ? undefined : `bytes=${part.at}-${last}`;
    const response = await get(url, { token, range, signal: this.#signal });
    if (range !== undefined && startOf(response) !== part.at) {
      await response.body?.cancel();
      return this.#fetchWhole(file, part);
    }
    await requireLength(response, part);
    try {
      for await (const bytes of response.body ?? []) {
        const wanted = bytes.subarray(0, Math.min(bytes.length, part.end - part.at));
        if (await file.write(part, wanted)) progressed();
        this.#fetchedBytes += wanted.length;
        this.#report();
        if (part.at >= part.end) break; // a server that sends more than was asked for
      }
    } catch (error) {
      this.#signal.throwIfAborted();
      throw error instanceof UserError ? error : connectionFailure(url, error);
    }
    if (Number.isFinite(part.end) && part.at < part.end) {
      throw new PassingFailure(`the connection ended ${part.end - part.at} bytes early`);
    }
  }

  /** The server does not answer with the rest of the file: it is asked for the whole, without parts. */
  async #fetchWhole(file: PartialFile, part: Part): Promise<void> {
    if (part.at >= part.end) return; // another part has seen to it
    await this.#fetchPart(file, await file.restart());
  }

  #report(): void {
    const openBytes = this.#open.reduce((sum, file) => sum + file.doneBytes, 0);
    this.#options.onProgress?.({
      doneBytes: this.#finishedBytes + openBytes,
      totalBytes: this.#totalBytes,
      fetchedBytes: this.#fetchedBytes,
    });
  }
}

/** Where an answer to a range begins: `bytes 100-199/1000`. Undefined where it is another kind of answer. */
function startOf({ status, headers }: Response): number | undefined {
  const match = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "");
  return status === 206 && match ? Number(match[1]) : undefined;
}

/** A body of another length than expected is not read at all. */
async function requireLength(response: Response, { at, end }: Part): Promise<void> {
  const header = response.headers.get("content-length");
  if (header === null || !Number.isFinite(end) || Number(header) === end - at) return;
  await response.body?.cancel();
  throw new PassingFailure(`${header} bytes where ${end - at} were expected`);
}
