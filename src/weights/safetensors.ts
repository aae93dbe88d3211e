/**
 * Safetensors files: opened without reading their data, read tensor by tensor, written atomically. Data passes in
 * chunks and asynchronously, so files of many gigabytes neither block the event loop nor double in memory. Both the
 * format and every machine that Node's ONNX Runtime supports are little-endian, so bytes are taken as they are.
 */

import { open, stat, type FileHandle } from "node:fs/promises";
import { UserError } from "../errors.ts";
import { writeFileAtomically, type FileSummary } from "./atomic-file.ts";
import { fileError } from "./file-errors.ts";
import { wideningOf, type Widening } from "./float-widening.ts";
import {
  bytesPerElement,
  formatHeader,
  malformed,
  maxHeaderBytes,
  parseHeader,
  type SafetensorsHeader,
  type StoredTensor,
  sizeOf,
  type TensorEntry,
  type WritableTensor,
} from "./safetensors-header.ts";

/** Bytes of one read: a multiple of every element size; converting that much takes under 10 ms. */
const chunkBytes = 2 * 1024 * 1024;

/**
 * Opens a safetensors file, checks its header, and leaves its data on disk.
 * Throws UserError with path and reason when the file is missing, truncated, or malformed. Close it after use.
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await openRegularFile(path);
  try {
    const { header, dataStart } = await readHeader(file, path);
    return new SafetensorsFile(path, file, header, dataStart);
  } catch (error) {
    await file.close();
    throw await fileError(error, path);
  }
}

/**
 * Writes tensors and optional metadata to `path`, replacing an earlier file only when all is on disk; returns size and
 * CRC-32. Larger element types go first, so that every tensor is aligned; otherwise the order is kept. The data is
 * not copied: it must not change until the promise settles. Throws UserError for a full disk or unwritable place.
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<WritableTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<FileSummary> {
  const aligned = [...tensors].sort((a, b) => bytesPerElement[b.dtype] - bytesPerElement[a.dtype]);
  const header = formatHeader(aligned, metadata);
  const parts = aligned.map(({ dtype, shape, data }) =>
    typeof data === "function" ? { byteLength: sizeOf(dtype, shape), make: data } : data,
  );
  return writeFileAtomically(path, [header, ...parts]);
}

/** An open safetensors file; a replacement of the file on disk does not disturb it. */
export class SafetensorsFile {
  readonly path: string;
  /** Text that the writer left, for example `format`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What the file holds, by name. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly #file: FileHandle;
  readonly #dataStart: number;

  /** Use `openSafetensors`. */
  constructor(path: string, file: FileHandle, header: SafetensorsHeader, dataStart: number) {
    this.path = path;
    this.metadata = header.metadata;
    this.entries = header.entries;
    this.#file = file;
    this.#dataStart = dataStart;
  }

  /** Reads a tensor of any dtype as its bytes; throws UserError when there is none of that name. */
  async read(name: string): Promise<StoredTensor> {
    const entry = this.#entry(name);
    const data = new Uint8Array(entry.sizeBytes);
    await this.#readChunks(entry, data);
    return { name, dtype: entry.dtype, shape: entry.shape, data };
  }

  /**
   * Reads a floating tensor as float32, into `target` (which may be shared memory) or a new array, and returns it.
   * F16 and BF16 are exact, F64 is rounded. Throws UserError for other dtypes and for a target of another length.
   */
  async readFloat32(name: string, target?: Float32Array): Promise<Float32Array> {
    const entry = this.#entry(name);
    const widen = wideningOf[entry.dtype];
    if (widen === undefined) {
      throw new UserError(
        `${this.path}: expected floating numbers in "${name}", got ${entry.dtype}. Read its bytes with read().`,
      );
    }
    const length = entry.sizeBytes / bytesPerElement[entry.dtype];
    const values = target ?? new Float32Array(length);
    if (values.length !== length) {
      throw new UserError(
        `${this.path}: expected ${values.length} numbers in "${name}", got ${length}, shape ` +
          `(${entry.shape.join(", ")}). Use a file that was saved from the same model.`,
      );
    }
    if (entry.dtype === "F32" && !(values.buffer instanceof SharedArrayBuffer)) {
      await this.#readChunks(
        entry,
        new Uint8Array(values.buffer, values.byteOffset, entry.sizeBytes),
      );
    } else {
      await this.#readWidened(entry, widen, values);
    }
    return values;
  }

  /** Releases the file; reading afterwards fails. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  #entry(name: string): TensorEntry {
    const entry = this.entries.get(name);
    if (entry !== undefined) return entry;
    const names = [...this.entries.keys()];
    const some = names.slice(0, 3).join(", ") + (names.length > 3 ? ", …" : "");
    throw new UserError(
      `${this.path}: expected a tensor "${name}", got ${names.length} others (${some}). ` +
        `Check that the file belongs to this model.`,
    );
  }

  async #readChunks({ start }: TensorEntry, target: Uint8Array): Promise<void> {
    for (let at = 0; at < target.length; at += chunkBytes) {
      await this.#readFully(target.subarray(at, at + chunkBytes), start + at);
    }
  }

  async #readWidened(entry: TensorEntry, widen: Widening, values: Float32Array): Promise<void> {
    const buffer = new Uint8Array(Math.min(chunkBytes, entry.sizeBytes));
    const elementBytes = bytesPerElement[entry.dtype];
    for (let at = 0; at < entry.sizeBytes; at += chunkBytes) {
      const chunk = buffer.subarray(0, Math.min(chunkBytes, entry.sizeBytes - at));
      await this.#readFully(chunk, entry.start + at);
      widen(chunk, values.subarray(at / elementBytes, (at + chunk.length) / elementBytes));
    }
  }

  async #readFully(target: Uint8Array, start: number): Promise<void> {
    await readFully(this.#file, target, this.#dataStart + start, this.path);
  }
}

async function openRegularFile(path: string): Promise<FileHandle> {
  try {
    // Looked at before it is opened: opening a named pipe would wait for a writer.
    if (!(await stat(path)).isFile()) throw malformed(path, "a file", "a folder or device");
    return await open(path, "r");
  } catch (error) {
    throw await fileError(error, path);
  }
}

async function readHeader(file: FileHandle, path: string) {
  const fileBytes = (await file.stat()).size;
  if (fileBytes < 10) throw malformed(path, "at least 10 bytes", `${fileBytes}`);
  const prefix = Buffer.alloc(8);
  await readFully(file, prefix, 0, path);
  const headerBytes = Number(prefix.readBigUInt64LE());
  const most = Math.min(maxHeaderBytes, fileBytes - 8);
  if (headerBytes > most) {
    throw malformed(path, `a header of at most ${most} bytes`, `length ${headerBytes}`);
  }
  const json = new Uint8Array(headerBytes);
  await readFully(file, json, 8, path);
  const dataStart = 8 + headerBytes;
  return { header: parseHeader(json, fileBytes - dataStart, path), dataStart };
}

async function readFully(file: FileHandle, target: Uint8Array, position: number, path: string) {
  for (let done = 0; done < target.length;) {
    const { bytesRead } = await file.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) {
      throw malformed(path, `data up to byte ${position + target.length}`, "an earlier end");
    }
    done += bytesRead;
  }
}
