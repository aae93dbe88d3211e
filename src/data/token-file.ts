/** Token ids in a file (Node only): written as a stream, read a window at a time, never loaded. */
import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { open, rename, unlink, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { fileError } from "../file-errors.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { syncDirectory, temporaryName } from "../weights/index.ts";
import {
  broken,
  bytesPerToken,
  headerBytes,
  maxHeaderBytes,
  readHeader,
  type TokenFileHeader,
  type TokenizerIdentity,
  writeHeader,
} from "./token-file-header.ts";
import {
  checkRange,
  type OpenTokenSource,
  tokenArrayType,
  type TokenSink,
} from "./token-source.ts";

/** Opens a token file; with `tokenizer`, only one that this tokenizer made. Whatever is wrong is a `UserError`. */
export function openTokenFile(path: string, tokenizer?: Tokenizer): TokenFile {
  const file = new TokenFile(path);
  if (!tokenizer || identify(tokenizer).sha256 === file.header.tokenizer.sha256) return file;
  file.close();
  throw new UserError(
    `${path}: expected ids of this ${identify(tokenizer).name}, got those of another tokenizer ` +
      `(${file.header.tokenizer.name}, ${file.header.vocabSize} tokens). Prepare the text again with this one.`,
  );
}

/** Ids that stay on disk: a read of a window is one positional read, which the system's page cache serves. */
export class TokenFile implements OpenTokenSource {
  readonly path: string;
  readonly header: TokenFileHeader;
  readonly #file: number;
  readonly #start: number;
  #buffer: Uint16Array | Uint32Array = new Uint16Array(0);

  /** Opens the file at `path`. */
  constructor(path: string) {
    this.path = path;
    this.#file = attempt(path, () => openSync(path, "r"));
    try {
      const front = new Uint8Array(maxHeaderBytes);
      const size = attempt(path, () => readSync(this.#file, front, 0, front.length, 0));
      const { header, start } = readHeader(path, front.subarray(0, size));
      this.header = header;
      this.#start = start;
      this.#checkSize();
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  get length(): number {
    return this.header.tokenCount;
  }

  read(start: number, count: number, out: Int32Array): void {
    checkRange(this, start, count);
    if (this.#buffer.length < count) this.#buffer = new (tokenArray(this.header))(count);
    const ids = this.#buffer.subarray(0, count);
    const bytes = new Uint8Array(ids.buffer, 0, ids.byteLength);
    this.#readBytes(bytes, this.#start + start * bytesPerToken(this.header));
    out.set(ids);
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Fills `bytes` from a position of the file; the system may give less than asked for at once. */
  #readBytes(bytes: Uint8Array, position: number): void {
    let done = 0;
    while (done < bytes.length) {
      const size = attempt(this.path, () =>
        readSync(this.#file, bytes, done, bytes.length - done, position + done),
      );
      if (size === 0) throw broken(this.path, "one that was cut short", "Prepare the text again.");
      done += size;
    }
  }

  #checkSize(): void {
    const expected = this.#start + this.length * bytesPerToken(this.header);
    const { size } = fstatSync(this.#file);
    if (size === expected) return;
    const got = `one of ${size} bytes instead of ${expected}`;
    throw broken(this.path, got, "It was cut short or changed; prepare the text again.");
  }
}

/** Writes a token file under a temporary name, which it keeps until all is on disk. */
export class TokenFileSink implements TokenSink {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #vocabSize: number;
  readonly #tokenizer: TokenizerIdentity;
  #tokenCount = 0;

  private constructor(
    path: string,
    { temporary, file }: { readonly temporary: string; readonly file: FileHandle },
    tokenizer: Tokenizer,
  ) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
    this.#vocabSize = tokenizer.vocabSize;
    this.#tokenizer = identify(tokenizer);
  }

  /** Starts a file of ids that `tokenizer` makes; an older one at `path` stays until `finish`. */
  static async create(path: string, tokenizer: Tokenizer): Promise<TokenFileSink> {
    const temporary = join(dirname(path), temporaryName(basename(path)));
    const file = await orExplain(path, open(temporary, "wx"));
    const sink = new TokenFileSink(path, { temporary, file }, tokenizer);
    try {
      await orExplain(path, file.writeFile(new Uint8Array(headerBytes))); // not a token file yet
    } catch (error) {
      await sink.discard();
      throw error;
    }
    return sink;
  }

  async write(ids: Uint32Array): Promise<void> {
    const most = largest(ids);
    if (most >= this.#vocabSize) {
      throw new RangeError(`token file: expected ids below ${this.#vocabSize}, got ${most}`);
    }
    const packed = tokenArrayType(this.#vocabSize) === Uint16Array ? new Uint16Array(ids) : ids;
    const bytes = new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength);
    await orExplain(this.#path, this.#file.writeFile(bytes));
    this.#tokenCount += ids.length;
  }

  async finish(): Promise<TokenFile> {
    const header = writeHeader({
      dtype: tokenArrayType(this.#vocabSize) === Uint16Array ? "uint16" : "uint32",
      tokenCount: this.#tokenCount,
      vocabSize: this.#vocabSize,
      tokenizer: this.#tokenizer,
    });
    await orExplain(this.#path, this.#file.write(header, 0, header.length, 0));
    await orExplain(this.#path, this.#file.sync());
    await this.#file.close();
    await orExplain(this.#path, rename(this.#temporary, this.#path));
    await orExplain(this.#path, syncDirectory(dirname(this.#path)));
    return openTokenFile(this.#path);
  }

  async discard(): Promise<void> {
    await this.#file.close().catch(() => {}); // finish may have closed it
    await unlink(this.#temporary).catch(() => {});
  }
}

const identities = new WeakMap<Tokenizer, TokenizerIdentity>();

/**
 * What tells this tokenizer from others; made once for each, since a large vocabulary takes its time. `json` is what it writes of itself,
 * where that is at hand.
 */
export function identify(
  tokenizer: Tokenizer,
  json = identities.has(tokenizer) ? "" : JSON.stringify(tokenizer.toJson()),
): TokenizerIdentity {
  let identity = identities.get(tokenizer);
  if (!identity) {
    const sha256 = createHash("sha256").update(json).digest("hex");
    identity = { name: nameOf(tokenizer), sha256 };
    identities.set(tokenizer, identity);
  }
  return identity;
}

function largest(ids: Uint32Array): number {
  let most = 0;
  for (let i = 0; i < ids.length; i++) if (ids[i] > most) most = ids[i];
  return most;
}

function nameOf(tokenizer: Tokenizer): string {
  const name = "name" in tokenizer ? tokenizer.name : undefined;
  return typeof name === "string" ? name : tokenizer.constructor.name;
}

function tokenArray({ dtype }: TokenFileHeader) {
  return dtype === "uint16" ? Uint16Array : Uint32Array;
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw fileError(error, path, "a token file");
  }
}

async function orExplain<T>(path: string, action: Promise<T>): Promise<T> {
  return action.catch((error: unknown) => {
    throw fileError(error, path, "a place to write token ids");
  });
}
