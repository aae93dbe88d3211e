/** @file How much memory this process may still take (Node only). */
import { freemem, totalmem } from "node:os";

/** Bytes that can be had without swapping, within the limit of a container where there is one. */
export function availableMemoryBytes(): number {
  // macOS counts only untouched pages as free, though it gives up its caches on demand.
  if (process.platform === "darwin") return Math.max(freemem(), totalmem() * 0.6);
  return process.availableMemory();
}
