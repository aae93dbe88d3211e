/**
 * @file Lists of words in ascending order, all in one array: of each word, how far it is from the one before it, seven bits to a byte.
 * So an entry of a pair that many words have takes one byte.
 */
import { withRoom } from "./growing.ts";

/** How many bytes a list takes for a word that is `distance` behind the word before it. */
export function entryBytes(distance: number): number {
  return 1 + (((31 - Math.clz32(distance)) / 7) | 0);
}

/** Writes an entry at `at`, and gives the place behind it. */
export function writeEntry(bytes: Uint8Array, at: number, distance: number): number {
  for (; distance >= 1 << 7; distance >>>= 7) bytes[at++] = (distance & 0x7f) | 0x80;
  bytes[at] = distance;
  return at + 1;
}

export class WordLists {
  /** All lists; replaced by `reserve`. */
  bytes: Uint8Array;
  #end = 0;

  /** In memory that is there already. */
  constructor(memory: Uint8Array) {
    this.bytes = memory;
  }

  /** Of what is in use. */
  get sizeBytes(): number {
    return this.#end;
  }

  /** Makes room for a list, and gives the place where it is to be written. */
  reserve(sizeBytes: number): number {
    const start = this.#end;
    this.#end += sizeBytes;
    if (this.#end > this.bytes.length) this.bytes = withRoom(this.bytes, this.#end);
    return start;
  }

  /** The words of a list. */
  *wordsIn(start: number, sizeBytes: number): Generator<number> {
    const { bytes } = this;
    let word = -1;
    for (let at = start; at < start + sizeBytes; at++) {
      let distance = bytes[at] & 0x7f;
      for (let shift = 7; bytes[at] > 0x7f; shift += 7) distance += (bytes[++at] & 0x7f) << shift;
      word += distance;
      yield word;
    }
  }

  /** Moves a list to the end of those that were kept since `clear`; those behind it may follow. Gives its new place. */
  keep(start: number, sizeBytes: number): number {
    this.bytes.copyWithin(this.#end, start, start + sizeBytes);
    return this.reserve(sizeBytes);
  }

  clear(): void {
    this.#end = 0;
  }
}
