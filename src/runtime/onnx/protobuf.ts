/** A writer of the protobuf wire format (https://protobuf.dev/programming-guides/encoding), as much of it as ONNX needs. */

const varintWire = 0;
const lengthWire = 2;
const fixed32Wire = 5;

/**
 * Builds one protobuf message field by field. Long byte fields and nested messages are kept by reference and copied
 * once, by `finish`, so their arrays must not change before that.
 */
export class MessageWriter {
  #chunks: Uint8Array[] = [];
  #pending: number[] = [];
  #length = 0;

  /** Writes a varint field; a negative number takes the 10 bytes of its 64-bit two's complement. */
  integer(field: number, value: number | bigint): void {
    this.#tag(field, varintWire);
    this.#varint(value);
  }

  /** Writes a fixed 32-bit field, the nearest float32 to `value`. */
  float(field: number, value: number): void {
    this.#tag(field, fixed32Wire);
    this.#push(new Uint8Array(littleEndianFloats([value]).buffer));
  }

  /** Writes a length-delimited field. */
  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, lengthWire);
    this.#varint(value.byteLength);
    this.#push(value);
  }

  /** Writes a string field in UTF-8. */
  string(field: number, value: string): void {
    this.bytes(field, new TextEncoder().encode(value));
  }

  /** Writes a repeated integer field, packed. */
  integers(field: number, values: Iterable<number | bigint>): void {
    this.message(field, (packed) => {
      for (const value of values) packed.#varint(value);
    });
  }

  /** Writes a repeated float field, packed. */
  floats(field: number, values: readonly number[]): void {
    this.bytes(field, new Uint8Array(littleEndianFloats(values).buffer));
  }

  /** Writes a nested message, whose fields `write` adds. */
  message(field: number, write: (message: MessageWriter) => void): void {
    const message = new MessageWriter();
    write(message);
    message.#flush();
    this.#tag(field, lengthWire);
    this.#varint(message.#length);
    this.#flush();
    for (const chunk of message.#chunks) this.#chunks.push(chunk);
    this.#length += message.#length;
  }

  /** The message's size so far in bytes. */
  get length(): number {
    return this.#length + this.#pending.length;
  }

  /** Returns the message's bytes. */
  finish(): Uint8Array<ArrayBuffer> {
    this.#flush();
    const result = new Uint8Array(this.#length);
    let offset = 0;
    for (const chunk of this.#chunks) {
      result.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return result;
  }

  #tag(field: number, wire: number): void {
    this.#varint(field * 8 + wire);
  }

  #varint(value: number | bigint): void {
    if (typeof value === "bigint" || value < 0) return this.#wideVarint(BigInt(value));
    if (!Number.isSafeInteger(value)) throw new Error(`varint: expected an integer, got ${value}.`);
    // Division, not shifts: those would cut a number above 2^31 to 32 bits.
    while (value >= 128) {
      this.#pending.push((value % 128) | 128);
      value = Math.floor(value / 128);
    }
    this.#pending.push(value);
  }

  #wideVarint(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest >= 128n) {
      this.#pending.push(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    this.#pending.push(Number(rest));
  }

  #push(chunk: Uint8Array): void {
    const short = 64; // bytes; below this a chunk of its own costs more than copying
    if (chunk.byteLength < short) {
      for (const byte of chunk) this.#pending.push(byte);
      return;
    }
    this.#flush();
    this.#chunks.push(chunk);
    this.#length += chunk.byteLength;
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    this.#chunks.push(Uint8Array.from(this.#pending));
    this.#length += this.#pending.length;
    this.#pending = [];
  }
}

function littleEndianFloats(values: readonly number[]): DataView<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, index) => view.setFloat32(index * 4, value, true));
  return view;
}
