/**
 * @file Typed arrays that grow. Small ones are copied. Large ones grow where they are, as a WebAssembly memory can: nothing is copied,
 * and nothing old is left that takes memory until the garbage collector comes by.
 */

type Growing = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

interface GrowingMemory {
  readonly buffer: ArrayBuffer;
  grow(numPages: number): number;
}

interface Engine {
  readonly WebAssembly?: {
    readonly Memory: new (size: { readonly initial: number }) => GrowingMemory;
  };
}

const largeBytes = 1 << 19;
const pageBytes = 1 << 16;
const memories = new WeakMap<ArrayBufferLike, GrowingMemory>();

/**
 * `array` itself where it holds `length` items, else a longer one with the same items; then `array` is no longer to be used. Arrays of other
 * types get other lengths.
 */
export function withRoom<A extends Growing>(array: A, length: number): A {
  if (length <= array.length) return array;
  const isLarge = length * array.BYTES_PER_ELEMENT > largeBytes;
  const longer = Math.max(length, Math.ceil(array.length * (isLarge ? 1.0625 : 1.5)));
  return (isLarge && grownInPlace(array, longer)) || copied(array, new (kindOf(array))(longer));
}

const kindOf = <A extends Growing>(array: A) =>
  array.constructor as new (length: number | ArrayBuffer) => A;

function copied<A extends Growing>(from: A, to: A): A {
  to.set(from);
  return to;
}

/** Nothing where there is no such memory, or none so large. */
function grownInPlace<A extends Growing>(array: A, length: number): A | undefined {
  const numPages = Math.ceil((length * array.BYTES_PER_ELEMENT) / pageBytes);
  const known = memories.get(array.buffer);
  const { WebAssembly } = globalThis as Engine;
  try {
    if (known) known.grow(numPages - known.buffer.byteLength / pageBytes);
    const memory = known ?? (WebAssembly && new WebAssembly.Memory({ initial: numPages }));
    if (!memory) return undefined;
    memories.set(memory.buffer, memory);
    const longer = new (kindOf(array))(memory.buffer);
    return known ? longer : copied(array, longer);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
