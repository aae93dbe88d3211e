/** `OrtValue`s with a count of their users, and how one is laid over host memory. */
import { elementTypes } from "./element-type.ts";
import type { OnnxDType, TensorValue } from "./element-type.ts";
import type { OrtLibrary } from "./library.ts";
import { outValue } from "./ort-api.ts";

/** What an `OrtTensor` is made of. */
export interface OrtTensorParts extends Omit<TensorValue, "data"> {
  readonly pointer: bigint;
  /** The host memory under the value, which must not be collected before it; none for a value on a device. */
  readonly memory?: ArrayBufferLike;
  /** Releases the native value. */
  readonly release: (pointer: bigint) => void;
}

/** An `OrtValue` that is released when it is dropped or, if runs use it then, when the last of them ends. */
export class OrtTensor {
  readonly dtype: OnnxDType;
  readonly shape: readonly number[];
  readonly pointer: bigint;
  readonly memory: ArrayBufferLike | undefined;
  readonly #release: (pointer: bigint) => void;
  #users = 0;
  #isDropped = false;

  constructor({ pointer, dtype, shape, memory, release }: OrtTensorParts) {
    this.pointer = pointer;
    this.dtype = dtype;
    this.shape = [...shape];
    this.memory = memory;
    this.#release = release;
  }

  /** Whether `drop` was called. */
  get isDropped(): boolean {
    return this.#isDropped;
  }

  /** Begins a use; `leave` ends it. */
  enter(): void {
    this.#users++;
  }

  /** Ends a use. */
  leave(): void {
    this.#users--;
    if (this.#isDropped && this.#users === 0) this.#release(this.pointer);
  }

  /** Gives the value up. */
  drop(): void {
    if (this.#isDropped) return;
    this.#isDropped = true;
    if (this.#users === 0) this.#release(this.pointer);
  }
}

const noElements = new Uint8Array(new ArrayBuffer(8)); // a place for empty tensors: null is refused

/** Creates an `OrtValue` over the memory of `tensor.data`, without a copy; the caller has checked it and keeps it reachable. */
export function createHostTensor(library: OrtLibrary, tensor: TensorValue): OrtTensor {
  const { dtype, shape, data } = tensor;
  const memory = data.buffer; // asked for first: this gives a short array a place that does not move
  const address = library.koffi.address(data.byteLength > 0 ? data : noElements);
  const pointer = outValue((cell) =>
    library.api.createTensorWithData(
      library.cpuMemory,
      address,
      data.byteLength,
      nativeShape(shape),
      shape.length,
      elementTypes[dtype].code,
      cell,
    ),
  );
  return new OrtTensor({ pointer, dtype, shape, memory, release: library.api.releaseValue });
}

/** A shape as C wants it: an array of `int64_t`. */
export function nativeShape(shape: readonly number[]): BigInt64Array<ArrayBuffer> {
  const native = new BigInt64Array(new ArrayBuffer(Math.max(shape.length, 1) * 8));
  shape.forEach((dimension, axis) => (native[axis] = BigInt(dimension)));
  return native;
}
