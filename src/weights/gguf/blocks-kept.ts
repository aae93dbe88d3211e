/**
 * @file GGUF's formats that a model keeps in memory as they are, number for number: the same blocks of 32, with the scale set
 * apart from the integers. What is stored as a signed byte is kept 128 higher; of 4-bit integers, neighbours share a byte here,
 * while in a file the first 16 have the lower halves and the last 16 the upper ones.
 */
import type { Bits, Blocks } from "../../graph/index.ts";
import { float16Values } from "../float16.ts";
import { q4_0, q8_0 } from "./blocks-of-32.ts";

/** Takes blocks apart; `bytes` begin at an even place in memory. */
export interface KeptFormat {
  readonly bits: Bits;
  readonly blockBytes: number;
  keep(bytes: Uint8Array, into: Blocks): void;
}

/** By ggml's names. */
export const keptFormats: ReadonlyMap<string, KeptFormat> = new Map([
  ["Q8_0", { bits: 8, blockBytes: q8_0.blockBytes, keep: keepBytes }],
  ["Q4_0", { bits: 4, blockBytes: q4_0.blockBytes, keep: keepHalves }],
]);

/** Two and four bytes at a time: a third of the time of single ones. */
function keepBytes(bytes: Uint8Array, { quants, scales }: Blocks): void {
  const floats = float16Values();
  const pairs = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  const fours = new Uint32Array(quants.buffer, quants.byteOffset, quants.length / 4);
  for (let block = 0, at = 0, to = 0; block < scales.length; block++) {
    scales[block] = floats[pairs[at++]];
    for (let end = to + 8; to < end; to++, at += 2) {
      fours[to] = (pairs[at] | (pairs[at + 1] << 16)) ^ 0x80808080;
    }
  }
}

function keepHalves(bytes: Uint8Array, { quants, scales }: Blocks): void {
  const floats = float16Values();
  const pairs = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  for (let block = 0, at = 0, to = 0; block < scales.length; block++, to += 8) {
    scales[block] = floats[pairs[at++]];
    for (let end = to + 8; to < end; to++, at++) {
      const pair = pairs[at];
      quants[to] = (pair & 15) | ((pair >> 4) & 0xf0);
      quants[to + 8] = ((pair >> 4) & 15) | ((pair >> 8) & 0xf0);
    }
  }
}
