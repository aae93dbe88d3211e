/** Element types of ONNX tensors, the typed array that holds each of them, and the check of a value before it crosses into native code. */

/** An element type that our models use; float16 is held as raw bits, bool as one byte an element. */
export type OnnxDType =
  "float32" | "float64" | "float16" | "int64" | "int32" | "int8" | "uint8" | "bool";

/** The arrays that hold tensor elements: int64 in `BigInt64Array`, float16 in `Uint16Array`, bool in `Uint8Array`. */
export type TensorData =
  Float32Array | Float64Array | Uint16Array | BigInt64Array | Int32Array | Int8Array | Uint8Array;

/** A tensor in host memory, row-major; `data` may be a view of shared or WebAssembly memory. */
export interface TensorValue {
  readonly dtype: OnnxDType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

interface ElementType {
  /** The number of the type in `TensorProto.DataType`, which ONNX Runtime shares. */
  readonly code: number;
  readonly sizeBytes: number;
  readonly array: string;
}

/** Number, size and array of each element type (`onnx.proto3`, message `TensorProto`). */
export const elementTypes: { readonly [T in OnnxDType]: ElementType } = {
  float32: { code: 1, sizeBytes: 4, array: "Float32Array" },
  uint8: { code: 2, sizeBytes: 1, array: "Uint8Array" },
  int8: { code: 3, sizeBytes: 1, array: "Int8Array" },
  int32: { code: 6, sizeBytes: 4, array: "Int32Array" },
  int64: { code: 7, sizeBytes: 8, array: "BigInt64Array" },
  bool: { code: 9, sizeBytes: 1, array: "Uint8Array" },
  float16: { code: 10, sizeBytes: 2, array: "Uint16Array" },
  float64: { code: 11, sizeBytes: 8, array: "Float64Array" },
};

/** Returns the number of elements of a shape; throws on a negative or fractional dimension. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const dimension of shape) {
    if (!Number.isSafeInteger(dimension) || dimension < 0) {
      throw new Error(`shape: expected whole numbers from 0, got (${shape.join(", ")}).`);
    }
    count *= dimension;
  }
  return count;
}

/** Throws unless `data` is the array of its dtype and holds exactly as many elements as its shape says. */
export function checkTensor(what: string, { dtype, shape, data }: TensorValue): void {
  const type = elementTypes[dtype] as ElementType | undefined;
  if (type === undefined) throw new Error(`${what}: expected an ONNX dtype, got "${dtype}".`);
  // The tag is right across realms and for Node's Buffer, which instanceof and constructor.name are not.
  const array = ArrayBuffer.isView(data) ? (data as TensorData)[Symbol.toStringTag] : typeof data;
  if (array !== type.array) {
    throw new Error(`${what}: expected ${type.array} for ${dtype}, got ${array}.`);
  }
  const count = elementCount(shape);
  if (data.length !== count) {
    const dimensions = shape.join(", ");
    throw new Error(
      `${what}: expected ${count} elements for shape (${dimensions}), got ${data.length}.`,
    );
  }
}
