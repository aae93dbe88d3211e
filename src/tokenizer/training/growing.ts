/** @file Typed arrays that grow by half when they are full, which keeps what is unused below a third. */

type Growing = Uint8Array | Uint32Array | Int32Array | Float64Array;

/** `array` itself where it holds `length` items, else a longer copy. */
export function withRoom<A extends Growing>(array: A, length: number): A {
  if (length <= array.length) return array;
  const longer = Math.max(length, Math.ceil(array.length * 1.5));
  const copy = new (array.constructor as new (length: number) => A)(longer);
  copy.set(array);
  return copy;
}
