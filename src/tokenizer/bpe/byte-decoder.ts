/** @file From token ids to bytes and text. */
import { UserError } from "../../errors.ts";
import { describeId } from "../wrong-types.ts";
import { TokenBytes } from "./token-bytes.ts";

/** Decodes ordinary and special tokens alike. */
export class ByteDecoder {
  readonly #bytes: Uint8Array;
  readonly #starts: Uint32Array;
  readonly #lengths: Uint32Array;
  // A byte order mark is text like any other.
  readonly #utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

  constructor(tokens: TokenBytes, specialTokens: ReadonlyMap<string, number>) {
    const special = [...specialTokens].map(
      ([name, id]) => [id, new TextEncoder().encode(name)] as const,
    );
    const size = special.reduce((most, [id]) => Math.max(most, id + 1), tokens.size);
    const numBytes = special.reduce((sum, [, bytes]) => sum + bytes.length, tokens.bytes.length);
    this.#bytes = new Uint8Array(numBytes);
    this.#bytes.set(tokens.bytes);
    this.#starts = new Uint32Array(size);
    this.#starts.set(tokens.starts.subarray(0, tokens.size));
    this.#lengths = new Uint32Array(size);
    for (let id = 0; id < tokens.size; id++) this.#lengths[id] = tokens.lengthOf(id);
    let next = tokens.bytes.length;
    for (const [id, bytes] of special) {
      this.#bytes.set(bytes, next);
      this.#starts[id] = next;
      this.#lengths[id] = bytes.length;
      next += bytes.length;
    }
  }

  /** The number of the token's bytes; throws for an unknown id. */
  lengthOf(id: number): number {
    const length = this.#lengths[id];
    if (length > 0 && typeof id === "number") return length;
    throw new UserError(
      `decode: expected token ids of the vocabulary, below ${this.#lengths.length}, got ${describeId(id)}. ` +
        `Use the tokenizer that made the ids.`,
    );
  }

  decodeBytes(ids: ArrayLike<number>): Uint8Array {
    let size = 0;
    for (let i = 0; i < ids.length; i++) size += this.lengthOf(ids[i]);
    const bytes = new Uint8Array(size);
    let at = 0;
    for (let i = 0; i < ids.length; i++) {
      const start = this.#starts[ids[i]];
      const end = start + this.#lengths[ids[i]];
      for (let from = start; from < end; from++) bytes[at++] = this.#bytes[from];
    }
    return bytes;
  }

  decode(ids: ArrayLike<number>): string {
    return this.#utf8.decode(this.decodeBytes(ids));
  }
}
