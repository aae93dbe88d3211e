/** @file Long texts are worked on in chunks, cut where no piece goes across. */
import type { PieceCutter } from "./scanner.ts";

const chunkUnits = 1 << 16; // small enough to stay in the processor's cache

/** The end of a chunk of `text` that starts at `start`, at most `end`; one without a place to cut is as long as it must be. */
export function chunkEnd(
  scanner: Pick<PieceCutter, "cutPoint">,
  text: string,
  start: number,
  end: number,
): number {
  let from = start;
  for (let size = chunkUnits; start + size < end; size *= 2) {
    const cut = scanner.cutPoint(text, from, start + size);
    if (cut > from) return cut;
    from = start + size - 1;
  }
  return end;
}
