/**
 * @file The heap of the C library, told to give memory back. glibc maps big blocks one by one, and unmaps them when they are freed,
 * only until it has seen such a block freed: from then on, blocks of up to 32 MB come from its heap, where those that live on
 * keep the room of the others from being returned. Weights that are copied, packed and freed would so count twice for good.
 */
import type koffi from "koffi";

/** A block of at least so many bytes is mapped by itself. */
const mappedBytes = 128 * 1024; // glibc begins with as much
const mmapThreshold = -3; // M_MMAP_THRESHOLD in malloc.h

export interface NativeHeap {
  /** Returns free memory to the system. */
  trim(): void;
}

const plainHeap: NativeHeap = { trim() {} };

let opened: NativeHeap | undefined;

/** Has big blocks always mapped from now on, where the C library is glibc; others do so of themselves. */
export function nativeHeap(library: typeof koffi): NativeHeap {
  return (opened ??= openNativeHeap(library));
}

function openNativeHeap({ load }: typeof koffi): NativeHeap {
  if (process.platform !== "linux") return plainHeap;
  try {
    const libc = load("libc.so.6");
    const mallopt = libc.func("mallopt", "int", ["int", "int"]);
    const trim = libc.func("malloc_trim", "int", ["size_t"]);
    mallopt(mmapThreshold, mappedBytes);
    return { trim: () => void trim(0) };
  } catch {
    return plainHeap;
  }
}
