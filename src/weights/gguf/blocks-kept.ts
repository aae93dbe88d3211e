/**
 * @file GGUF's formats that a model keeps in memory as they are, number for number: the same blocks of 32, with the scale set
 * apart from the integers. What is stored as a signed byte is kept 128 higher; of 4-bit integers, neighbours share a byte here,
 * while in a file the first 16 have the lower halves and the last 16 the upper ones.
 */
import type { Bits, Blocks } from "../../graph/index.ts";
import { float16Values } from "../float16.ts";
import { q4_0, q8_0 } from "./blocks-of-32.ts";

/** Takes blocks apart. */
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

/** Four bytes at a time, wherever they begin: half the time of two in the first 100 MB. */
function keepBytes(bytes: Uint8Array, { quants, scales }: Blocks): void {
  const floats = float16Values();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fours = new Int32Array(quants.buffer, quants.byteOffset, quants.length / 4);
  for (let block = 0, at = 0, to = 0; block < scales.length; block++) {
    scales[block] = floats[view.getUint16(at, true)];
    at += 2;
    for (let end = to + 8; to < end; to++, at += 4) {
      fours[to] = view.getInt32(at, true) ^ 0x80808080;
    }
  }
}

function keepHalves(bytes: Uint8Array, { quants, scales }: Blocks): void {
  const floats = float16Values();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const twos = new Uint16Array(quants.buffer, quants.byteOffset, quants.length / 2);
  for (let block = 0, at = 0, to = 0; block < scales.length; block++, to += 4) {
    scales[block] = floats[view.getUint16(at, true)];
    at += 2;
    for (let end = to + 4; to < end; to++, at += 4) {
      const four = view.getInt32(at, true);
      twos[to] = inTwoBytes(four & 0x0f0f0f0f);
      twos[to + 4] = inTwoBytes((four >>> 4) & 0x0f0f0f0f);
    }
  }
}

/** The lower halves of four bytes, one after the other. */
function inTwoBytes(halves: number): number {
  const pairs = (halves | (halves >>> 4)) & 0x00ff00ff;
  return pairs | (pairs >>> 8);
}
