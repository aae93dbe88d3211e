/**
 * @file Token ids as nanoGPT and llm.c prepare them (Node only): uint16 one after the other, in llm.c's files behind a header of 256
 * int32 that tells their number; its files for Llama 3 hold uint32. Neither says which tokenizer made them.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { UserError } from "../errors.ts";
import { fileError } from "../file-errors.ts";
import { checkRange, type OpenTokenSource } from "./token-source.ts";

const headerBytes = 256 * 4;

/** By the first number of the header: the version that follows it, and the type of the ids. */
const formats: Readonly<Record<number, { version: number; array: IdArray }>> = {
  20240520: { version: 1, array: Uint16Array },
  20240801: { version: 7, array: Uint32Array },
};

type IdArray = Uint16ArrayConstructor | Uint32ArrayConstructor;

interface Layout {
  readonly array: IdArray;
  /** Where the ids begin, in bytes. */
  readonly start: number;
  readonly length: number;
}

/** Opens a `.bin` file of ids. Throws a UserError for one that is missing, cut short or of another kind. */
export function openBinTokens(path: string): BinTokens {
  return new BinTokens(path);
}

/** Ids that stay on disk, read a window at a time. */
export class BinTokens implements OpenTokenSource {
  readonly path: string;
  readonly length: number;
  /** Bytes that one id takes. */
  readonly bytesPerToken: number;
  readonly #file: number;
  readonly #layout: Layout;
  #buffer: Uint16Array | Uint32Array;

  constructor(path: string) {
    this.path = path;
    this.#file = attempt(path, () => openSync(path, "r"));
    try {
      this.#layout = readLayout(this.#file, path);
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
    this.length = this.#layout.length;
    this.bytesPerToken = this.#layout.array.BYTES_PER_ELEMENT;
    this.#buffer = new this.#layout.array(0);
  }

  read(start: number, count: number, out: Int32Array): void {
    checkRange(this, start, count);
    if (this.#buffer.length < count) this.#buffer = new this.#layout.array(count);
    const ids = this.#buffer.subarray(0, count);
    const bytes = new Uint8Array(ids.buffer, 0, ids.byteLength);
    const position = this.#layout.start + start * this.bytesPerToken;
    for (let done = 0; done < bytes.length;) {
      const size = attempt(this.path, () =>
        readSync(this.#file, bytes, done, bytes.length - done, position + done),
      );
      if (size === 0) throw wrong(this.path, "one that was cut short");
      done += size;
    }
    out.set(ids);
  }

  close(): void {
    closeSync(this.#file);
  }
}

function readLayout(file: number, path: string): Layout {
  const stat = fstatSync(file);
  if (!stat.isFile()) throw wrong(path, "a folder or device");
  const header = new Int32Array(3);
  const read = attempt(path, () => readSync(file, new Uint8Array(header.buffer), 0, 12, 0));
  const [magic, version, count] = header;
  const format = read === 12 ? formats[magic] : undefined;
  if (!format) {
    if (stat.size % 2 !== 0) throw wrong(path, `an odd number of bytes, ${stat.size}`);
    return { array: Uint16Array, start: 0, length: stat.size / 2 };
  }
  if (version !== format.version) {
    throw wrong(path, `llm.c's format in version ${version}, not ${format.version}`);
  }
  const expected = headerBytes + count * format.array.BYTES_PER_ELEMENT;
  if (count < 0 || stat.size !== expected) {
    throw wrong(path, `${stat.size} bytes instead of ${expected} for ${count} ids`);
  }
  return { array: format.array, start: headerBytes, length: count };
}

function wrong(path: string, got: string): UserError {
  return new UserError(
    `${path}: expected token ids of nanoGPT or llm.c, got ${got}. Prepare the ids again.`,
  );
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw fileError(error, path, "a file of token ids");
  }
}
