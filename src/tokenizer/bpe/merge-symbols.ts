/**
 * @file Byte-pair encoding itself: of all neighbours that may merge, the pair of lowest rank does, the leftmost first, until none is left.
 * Short sequences look for it in an array; long ones keep a heap, so that no input takes quadratic time.
 */
import { mergeLong } from "./merge-long.ts";
import type { MergeRule } from "./merges.ts";

const longest = 96; // symbols; beyond it a heap was measured to be faster
const never = 0x7fffffff;
const ranks = new Int32Array(longest);

/** Merges the first `length` symbols in place; how many are left. */
export function mergeSymbols(symbols: Int32Array, length: number, merges: MergeRule): number {
  if (length > longest) return mergeLong(symbols, length, merges);
  for (let i = 0; i + 1 < length; i++) ranks[i] = rankOrNever(merges, symbols, i);
  for (;;) {
    let lowest = never;
    let at = -1;
    for (let i = 0; i + 1 < length; i++) {
      if (ranks[i] < lowest) {
        lowest = ranks[i];
        at = i;
      }
    }
    if (at < 0) return length;
    length--;
    symbols[at] = merges.merged(lowest);
    for (let i = at + 1; i < length; i++) {
      symbols[i] = symbols[i + 1];
      ranks[i] = ranks[i + 1];
    }
    if (at > 0) ranks[at - 1] = rankOrNever(merges, symbols, at - 1);
    if (at + 1 < length) ranks[at] = rankOrNever(merges, symbols, at);
  }
}

function rankOrNever(merges: MergeRule, symbols: Int32Array, at: number): number {
  const rank = merges.rankOf(symbols[at], symbols[at + 1]);
  return rank < 0 ? never : rank;
}
