/**
 * Safetensors files: opened without reading their data, read tensor by tensor, written atomically. Data passes in
 * chunks and asynchronously, so files of many gigabytes neither block the event loop nor double in memory. Both the
 * format and every machine that Node's ONNX Runtime supports are little-endian, so bytes are taken as they are.
 */

import { UserError } from "../errors.ts";
import { writeFileAtomically, type FileSummary } from "./atomic-file.ts";
import { isFloatDtype, wideningOf, type Widening } from "./float-widening.ts";
import { RegularFile } from "./regular-file.ts";
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
import { arrayFor, entryOf, type Weights } from "./weights.ts";

/** Bytes of one read: a multiple of every element size; converting that much takes under 10 ms. */
const chunkBytes = 2 * 1024 * 1024;

/**
 * Opens a safetensors file, checks its header, and leaves its data on disk.
 * Throws UserError with path and reason when the file is missing, truncated, or malformed. Close it after use.
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await RegularFile.open(path);
  try {
    const { header, dataStart } = await readHeader(file);
    return new SafetensorsFile(file, header, dataStart);
  } catch (error) {
    await file.close();
    throw error;
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
export class SafetensorsFile implements Weights {
  readonly path: string;
  /** Text that the writer left, for example `format`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What the file holds, by name. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly #file: RegularFile;
  readonly #dataStart: number;

  /** Use `openSafetensors`. */
  constructor(file: RegularFile, header: SafetensorsHeader, dataStart: number) {
    this.path = file.path;
    this.metadata = header.metadata;
    this.entries = header.entries;
    this.#file = file;
    this.#dataStart = dataStart;
  }

  /** Reads a tensor of any dtype as its bytes; throws UserError when there is none of that name. */
  async read(name: string): Promise<StoredTensor> {
    const { dtype, shape } = entryOf(this, name);
    return { name, dtype, shape, data: await this.readBytes(name) };
  }

  async readBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { start, sizeBytes } = entryOf(this, name);
    const data = new Uint8Array(sizeBytes);
    await this.#file.read(data, this.#dataStart + start);
    return data;
  }

  /**
   * Reads a floating tensor as float32, into `target` (which may be shared memory) or a new array, and returns it.
   * F16 and BF16 are exact, F64 is rounded. Throws UserError for other dtypes and for a target of another length.
   */
  async readFloat32(name: string, target?: Float32Array): Promise<Float32Array> {
    const entry = entryOf(this, name);
    if (!isFloatDtype(entry.dtype)) {
      throw new UserError(
        `${this.path}: expected floating numbers in "${name}", got ${entry.dtype}. Read its bytes with read().`,
      );
    }
    const values = arrayFor(this, entry, target);
    if (entry.dtype === "F32" && !(values.buffer instanceof SharedArrayBuffer)) {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, entry.sizeBytes);
      await this.#file.read(bytes, this.#dataStart + entry.start); // straight into place, no copy
    } else {
      await this.#readWidened(entry, wideningOf[entry.dtype], values);
    }
    return values;
  }

  /** Releases the file; reading afterwards fails. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  async #readWidened(entry: TensorEntry, widen: Widening, values: Float32Array): Promise<void> {
    const buffer = new Uint8Array(Math.min(chunkBytes, entry.sizeBytes));
    const elementBytes = bytesPerElement[entry.dtype];
    for (let at = 0; at < entry.sizeBytes; at += chunkBytes) {
      const chunk = buffer.subarray(0, Math.min(chunkBytes, entry.sizeBytes - at));
      await this.#file.read(chunk, this.#dataStart + entry.start + at);
      widen(chunk, values.subarray(at / elementBytes, (at + chunk.length) / elementBytes));
    }
  }
}

async function readHeader(file: RegularFile) {
  const { path, sizeBytes } = file;
  if (sizeBytes < 10) throw malformed(path, "at least 10 bytes", `${sizeBytes}`);
  const prefix = Buffer.alloc(8);
  await file.read(prefix, 0);
  const headerBytes = Number(prefix.readBigUInt64LE());
  const most = Math.min(maxHeaderBytes, sizeBytes - 8);
  if (headerBytes > most) {
    throw malformed(path, `a header of at most ${most} bytes`, `length ${headerBytes}`);
  }
  const json = new Uint8Array(headerBytes);
  await file.read(json, 8);
  const dataStart = 8 + headerBytes;
  return { header: parseHeader(json, sizeBytes - dataStart, path), dataStart };
}
