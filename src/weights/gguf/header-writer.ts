/** @file Writes little-endian values one after the other into memory that grows. */
import { arrayId, bytesOf, scalarTypes, stringId } from "./metadata.ts";
import type { MetadataValue, ScalarType } from "./metadata.ts";

export class HeaderWriter {
  #bytes = new Uint8Array(64 * 1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  readonly #text = new TextEncoder();

  uint32(value: number): void {
    this.#scalar("uint32", value);
  }

  uint64(value: number): void {
    this.#scalar("uint64", value);
  }

  /** A key and its typed value. */
  entry(key: string, given: MetadataValue): void {
    this.#string(key);
    if (given.type === "string") {
      this.uint32(stringId);
      this.#string(given.value);
    } else if (given.type === "array") {
      this.#array(given);
    } else {
      this.uint32(scalarTypes[given.type].id);
      this.#scalar(given.type, given.value);
    }
  }

  /** The description of a tensor whose data begins `start` bytes into the data. */
  tensor(
    { name, shape }: { readonly name: string; readonly shape: readonly number[] },
    formatId: number,
    start: number,
  ): void {
    this.#string(name);
    this.uint32(shape.length);
    for (const length of shape.toReversed()) this.uint64(length);
    this.uint32(formatId);
    this.uint64(start);
  }

  /** All that was written. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #array(given: MetadataValue & { readonly type: "array" }): void {
    this.uint32(arrayId);
    this.uint32(given.of === "string" ? stringId : scalarTypes[given.of].id);
    this.uint64(given.value.length);
    if (given.of === "string") for (const each of given.value) this.#string(each);
    else for (let i = 0; i < given.value.length; i++) this.#scalar(given.of, given.value[i]);
  }

  #string(value: string): void {
    const bytes = this.#text.encode(value);
    this.uint64(bytes.length);
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }

  #scalar(type: ScalarType, value: number): void {
    const at = this.#grow(bytesOf(type));
    const view = this.#view;
    switch (type) {
      case "uint8":
      case "bool":
        return view.setUint8(at, value);
      case "int8":
        return view.setInt8(at, value);
      case "uint16":
        return view.setUint16(at, value, true);
      case "int16":
        return view.setInt16(at, value, true);
      case "uint32":
        return view.setUint32(at, value, true);
      case "int32":
        return view.setInt32(at, value, true);
      case "float32":
        return view.setFloat32(at, value, true);
      case "float64":
        return view.setFloat64(at, value, true);
      case "uint64":
        return view.setBigUint64(at, BigInt(value), true);
      case "int64":
        return view.setBigInt64(at, BigInt(value), true);
    }
  }

  /** Makes room for `bytes` more and returns where they begin. */
  #grow(bytes: number): number {
    const at = this.#length;
    this.#length += bytes;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
