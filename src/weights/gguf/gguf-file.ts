/** @file A GGUF file, read tensor by tensor; quantised numbers become float32 as they are read. */
import { UserError } from "../../errors.ts";
import type { Blocks } from "../../graph/index.ts";
import { RegularFile } from "../regular-file.ts";
import { arrayFor, entryOf, type Weights } from "../weights.ts";
import { keptFormats } from "./blocks-kept.ts";
import { blockFormats, isReadable } from "./ggml-types.ts";
import { parseHeader, type GgufEntry, type GgufHeader } from "./header.ts";
import { PrefixTooShort } from "./header-cursor.ts";
import type { Metadata } from "./metadata.ts";

/** Read at first: most headers are shorter, their vocabularies included. */
const firstPrefixBytes = 4 * 1024 * 1024;

/** About how many bytes are decoded at a time; that takes a few milliseconds. */
const sliceBytes = 1024 * 1024;

/**
 * Opens the GGUF file at `path`, checks its header, and leaves its data on disk. Throws a UserError for a file that is
 * missing, damaged or not supported. Close it after use.
 */
export async function openGguf(path: string): Promise<GgufFile> {
  const file = await RegularFile.open(path);
  try {
    return new GgufFile(file, await readHeader(file));
  } catch (error) {
    await file.close();
    throw error;
  }
}

// The length of the header is written nowhere, so the prefix grows until it holds all of it.
async function readHeader(file: RegularFile): Promise<GgufHeader> {
  for (let length = firstPrefixBytes; ; length *= 2) {
    const prefix = await file.prefix(length);
    try {
      return parseHeader(prefix, file.sizeBytes, file.path);
    } catch (error) {
      if (!(error instanceof PrefixTooShort)) throw error;
    }
  }
}

/** An open GGUF file. */
export class GgufFile implements Weights {
  readonly path: string;
  readonly metadata: Metadata;
  readonly entries: ReadonlyMap<string, GgufEntry>;
  readonly #file: RegularFile;
  readonly #dataStart: number;
  readonly #spare: Uint8Array[] = [];

  /** Use `openGguf`. */
  constructor(file: RegularFile, { metadata, entries, dataStart }: GgufHeader) {
    this.path = file.path;
    this.metadata = metadata;
    this.entries = entries;
    this.#file = file;
    this.#dataStart = dataStart;
  }

  async readFloat32(name: string, target?: Float32Array): Promise<Float32Array> {
    const entry = entryOf(this, name);
    return this.#readValues(entry, 0, arrayFor(this, entry, target));
  }

  /** Reads the tensor at `index` of those stacked along the first axis. */
  async readStacked(name: string, index: number): Promise<Float32Array> {
    const entry = entryOf(this, name);
    const values = arrayFor(this, { name, shape: entry.shape.slice(1) }, undefined);
    return this.#readValues(entry, (entry.sizeBytes / entry.shape[0]) * index, values);
  }

  /** A tensor in the blocks that it is stored in; undefined for those of more bits, and for a format that is decoded to float32 only. */
  async readBlocks(
    name: string,
    { mostBits }: { readonly mostBits: number },
  ): Promise<Blocks | undefined> {
    const { dtype, start, sizeBytes } = entryOf(this, name);
    const format = keptFormats.get(dtype);
    if (!format || format.bits > mostBits) return undefined;
    const { bits, blockBytes, keep } = format;
    const count = sizeBytes / blockBytes;
    const scales = new Float32Array(count);
    const quants = new Uint8Array(count * (blockBytes - 2));
    let at = 0;
    for await (const bytes of this.#slices(start, sizeBytes, blockBytes)) {
      const end = at + bytes.length / blockBytes;
      keep(bytes, {
        bits,
        quants: quants.subarray(at * (blockBytes - 2), end * (blockBytes - 2)),
        scales: scales.subarray(at, end),
      });
      at = end;
    }
    return { bits, quants, scales };
  }

  async readBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { start, sizeBytes } = entryOf(this, name);
    const bytes = new Uint8Array(sizeBytes);
    await this.#file.read(bytes, this.#dataStart + start);
    return bytes;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Fills `values` from the blocks that begin `from` bytes into a tensor. */
  async #readValues(
    { name, dtype, start }: GgufEntry,
    from: number,
    values: Float32Array,
  ): Promise<Float32Array> {
    if (!isReadable(dtype)) throw unread(this.path, name, dtype);
    if (dtype === "F32" && values.buffer instanceof ArrayBuffer) {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      await this.#file.read(bytes, this.#dataStart + start + from); // straight into place
      return values;
    }
    const { blockLength, blockBytes, decode } = blockFormats[dtype];
    const sizeBytes = (values.length / blockLength) * blockBytes;
    let first = 0;
    for await (const bytes of this.#slices(start + from, sizeBytes, blockBytes)) {
      const end = first + (bytes.length / blockBytes) * blockLength;
      decode(bytes, values.subarray(first, end));
      first = end;
    }
    return values;
  }

  /** Memory that an earlier read is done with, if that is large enough: new memory costs as much as what is read into it. */
  #buffer(size: number): Uint8Array {
    const spare = this.#spare.pop();
    return spare && spare.length >= size ? spare : new Uint8Array(size);
  }

  /** The bytes from `from` on, whole blocks at a time; each slice is valid until the next, which is read meanwhile. */
  async *#slices(from: number, sizeBytes: number, blockBytes: number): AsyncGenerator<Uint8Array> {
    const step = Math.ceil(sliceBytes / blockBytes) * blockBytes;
    const buffers = [0, 1].map(() => this.#buffer(Math.min(step, sizeBytes)));
    const read = async (at: number): Promise<Uint8Array> => {
      const buffer = buffers[(at / step) % 2];
      const bytes = buffer.subarray(0, Math.max(0, Math.min(step, sizeBytes - at)));
      await this.#file.read(bytes, this.#dataStart + from + at);
      return bytes;
    };
    let next = read(0);
    for (let at = 0; at < sizeBytes; at += step) {
      const bytes = await next;
      next = read(at + step);
      next.catch(() => {}); // thrown when it is its turn
      yield bytes;
    }
    this.#spare.push(...buffers);
  }
}

function unread(path: string, name: string, dtype: string): UserError {
  const readable = Object.keys(blockFormats).join(", ");
  return new UserError(
    `${path}: expected "${name}" in one of ${readable}, got ${dtype}. ` +
      `Convert the file with llama.cpp: llama-quantize --allow-requantize ${path} out.gguf Q8_0.`,
  );
}
