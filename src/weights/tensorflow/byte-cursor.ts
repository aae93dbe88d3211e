/** @file Reads variable-length integers and runs of bytes; whatever would leave the bytes is an error. */

/** The bytes are not what they should be; whoever knows the file says so to the user. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

export class ByteCursor {
  readonly #bytes: Uint8Array;
  position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.#bytes = bytes;
    this.position = position;
  }

  get isAtEnd(): boolean {
    return this.position >= this.#bytes.length;
  }

  byte(): number {
    if (this.isAtEnd) throw new Malformed("an earlier end");
    return this.#bytes[this.position++];
  }

  /** Seven bits a byte, the lowest first; the highest bit says that more follow. */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 63; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new Malformed("a number of more than 63 bits");
  }

  /** The next `length` bytes, where they are. */
  take(length: number): Uint8Array {
    const start = this.position;
    if (!(length <= this.#bytes.length - start)) throw new Malformed(`${length} bytes at ${start}`);
    this.position += length;
    return this.#bytes.subarray(start, this.position);
  }
}
