/** @file Reads little-endian values one after the other from the first bytes of a file. */
import { UserError } from "../../errors.ts";
import { bytesOf, type ScalarType } from "./metadata.ts";

/** More of the file is needed than the prefix holds; caught by whoever can read more. */
export class PrefixTooShort extends Error {
  override readonly name = "PrefixTooShort";
}

export class HeaderCursor {
  readonly path: string;
  position = 0;
  readonly #prefix: Uint8Array;
  readonly #view: DataView;
  readonly #fileBytes: number;
  readonly #text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  constructor(prefix: Uint8Array, fileBytes: number, path: string) {
    this.path = path;
    this.#prefix = prefix;
    this.#view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
    this.#fileBytes = fileBytes;
  }

  /** Throws unless the next `bytes` bytes are at hand. */
  require(bytes: number): void {
    const end = this.position + bytes;
    if (end <= this.#prefix.length) return;
    if (end <= this.#fileBytes) throw new PrefixTooShort();
    throw this.malformed(`${bytes} bytes at byte ${this.position}`, `${this.#remaining}`);
  }

  /** A number of things that take at least `leastBytes` each, so that there cannot be more than the file has room for. */
  count(leastBytes: number, things: string): number {
    const count = this.scalar("uint64");
    const most = Math.floor(this.#remaining / leastBytes);
    if (count <= most) return count;
    throw this.malformed(`at most ${most} ${things}`, `${count}`);
  }

  uint32(): number {
    return this.scalar("uint32");
  }

  string(): string {
    const length = this.count(1, "bytes of text");
    const bytes = this.#take(length);
    try {
      return this.#text.decode(this.#prefix.subarray(bytes, bytes + length));
    } catch {
      throw this.malformed("text in UTF-8", `other bytes at byte ${bytes}`);
    }
  }

  scalar(type: ScalarType): number {
    const at = this.#take(bytesOf(type));
    const view = this.#view;
    switch (type) {
      case "uint8":
      case "bool":
        return view.getUint8(at);
      case "int8":
        return view.getInt8(at);
      case "uint16":
        return view.getUint16(at, true);
      case "int16":
        return view.getInt16(at, true);
      case "uint32":
        return view.getUint32(at, true);
      case "int32":
        return view.getInt32(at, true);
      case "float32":
        return view.getFloat32(at, true);
      case "float64":
        return view.getFloat64(at, true);
      case "uint64":
        return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true); // each text has one: a BigInt is slow
      case "int64":
        return Number(view.getBigInt64(at, true));
    }
  }

  malformed(expected: string, got: string): UserError {
    return new UserError(
      `${this.path}: expected ${expected}, got ${got}. The GGUF file is damaged: get or save it again.`,
    );
  }

  get #remaining(): number {
    return this.#fileBytes - this.position;
  }

  #take(bytes: number): number {
    this.require(bytes);
    const at = this.position;
    this.position += bytes;
    return at;
  }
}
