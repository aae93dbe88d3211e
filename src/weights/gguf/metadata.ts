/** @file What a GGUF file says about its model: typed values under dotted names, such as `llama.block_count`. */

/** Numeric types of metadata: their number in a file, and an array whose elements take as many bytes. */
export const scalarTypes = {
  uint8: { id: 0, array: Uint8Array },
  int8: { id: 1, array: Int8Array },
  uint16: { id: 2, array: Uint16Array },
  int16: { id: 3, array: Int16Array },
  uint32: { id: 4, array: Uint32Array },
  int32: { id: 5, array: Int32Array },
  float32: { id: 6, array: Float32Array },
  bool: { id: 7, array: Uint8Array },
  uint64: { id: 10, array: Float64Array },
  int64: { id: 11, array: Float64Array },
  float64: { id: 12, array: Float64Array },
} as const;

/** Bytes that one value takes in a file. */
export function bytesOf(type: ScalarType): number {
  return scalarTypes[type].array.BYTES_PER_ELEMENT;
}

export const stringId = 8;
export const arrayId = 9;

/** Name of a numeric type, or of truth. */
export type ScalarType = keyof typeof scalarTypes;

/** A value with the type that it has in a file. Whole numbers beyond 2^53 are rounded. */
export type MetadataValue =
  | { readonly type: ScalarType; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "array"; readonly of: ScalarType; readonly value: ArrayLike<number> }
  | { readonly type: "array"; readonly of: "string"; readonly value: readonly string[] };

/** All of it, in the file's order. */
export type Metadata = ReadonlyMap<string, MetadataValue>;

/** Short ways to write values down. Truth is 0 or 1. */
export const text = (value: string) => ({ type: "string", value }) as const;
export const uint32 = (value: number) => ({ type: "uint32", value }) as const;
export const float32 = (value: number) => ({ type: "float32", value }) as const;
export const bool = (value: boolean) => ({ type: "bool", value: Number(value) }) as const;
export const texts = (value: readonly string[]) =>
  ({ type: "array", of: "string", value }) as const;
export const numbers = (of: ScalarType, value: ArrayLike<number>) =>
  ({ type: "array", of, value }) as const;

/** Name of the numeric type with this number in a file. */
export function scalarTypeOf(id: number): ScalarType | undefined {
  const found = Object.entries(scalarTypes).find(([, type]) => type.id === id);
  return found?.[0] as ScalarType | undefined;
}
