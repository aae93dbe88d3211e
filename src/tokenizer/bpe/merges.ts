/**
 * @file Which two neighbours may become one token, and in what order: the lowest rank first. Hugging Face publishes a list of merges whose
 * line numbers are the ranks; tiktoken publishes tokens only, where any two that join to a token may, and its id is the rank.
 */
import { UserError } from "../../errors.ts";
import { mergeSymbols } from "./merge-symbols.ts";
import type { TokenBytes } from "./token-bytes.ts";

/** What merging needs to know. */
export interface MergeRule {
  /** The rank of the merge of two tokens, or -1 when they do not merge. */
  rankOf(left: number, right: number): number;
  /** The token that the merge of this rank makes. */
  merged(rank: number): number;
}

/** The merges of a vocabulary. */
export interface Merges extends MergeRule {
  /** All merges in order of rank. */
  entries(): Iterable<Merge>;
  /** Whether each token is made by one merge, whose rank is above those of its parts. */
  isInOrder(tokens: TokenBytes): boolean;
}

/** Two tokens and the one that they become. */
export type Merge = readonly [left: number, right: number, merged: number];

const mixLeft = 0x9e3779b1;
const mixRight = 0x85ebca6b;

function hashPair(left: number, right: number): number {
  const hash = Math.imul(left, mixLeft) ^ Math.imul(right, mixRight);
  return hash ^ (hash >>> 15);
}

const slotInts = 4; // left, right, rank + 1 (0 is an empty slot), and one to keep a slot within a cache line
const numBytes = 256;

/** Merges from a list. */
export class MergeTable implements Merges {
  readonly #lefts: Int32Array;
  readonly #rights: Int32Array;
  readonly #merged: Int32Array;
  readonly #slots: Int32Array;
  /** Ranks of pairs of ids below 256, which are most vocabularies' bytes: every piece asks for those first. */
  readonly #byteRanks = new Int32Array(numBytes * numBytes).fill(-1);

  /** From the left, the right and the merged token of each merge, in order of rank; a pair that comes again keeps its first rank. */
  constructor(lefts: ArrayLike<number>, rights: ArrayLike<number>, merged: ArrayLike<number>) {
    if (lefts.length !== rights.length || lefts.length !== merged.length) {
      throw new UserError(
        `merges: expected as many left, right and merged tokens, got ${lefts.length}, ${rights.length} and ` +
          `${merged.length}. Give three for each merge.`,
      );
    }
    this.#lefts = Int32Array.from(lefts);
    this.#rights = Int32Array.from(rights);
    this.#merged = Int32Array.from(merged);
    this.#slots = new Int32Array(slotInts * 2 ** Math.ceil(Math.log2(2 * lefts.length + 2)));
    this.#fill();
  }

  rankOf(left: number, right: number): number {
    if ((left | right) < numBytes) return this.#byteRanks[left * numBytes + right];
    const slots = this.#slots;
    let slot = (hashPair(left, right) * slotInts) & (slots.length - 1);
    for (;;) {
      const next = slots[slot + 2];
      if (next === 0 || (slots[slot] === left && slots[slot + 1] === right)) return next - 1;
      slot = (slot + slotInts) & (slots.length - 1);
    }
  }

  merged(rank: number): number {
    return this.#merged[rank];
  }

  *entries(): Generator<Merge> {
    for (let rank = 0; rank < this.#lefts.length; rank++) {
      const [left, right] = [this.#lefts[rank], this.#rights[rank]];
      if (this.rankOf(left, right) === rank) yield [left, right, this.#merged[rank]];
    }
  }

  isInOrder(tokens: TokenBytes): boolean {
    const isMade = new Uint8Array(tokens.size);
    for (const id of tokens.byteIds()) if (id >= 0) isMade[id] = 1;
    for (let rank = 0; rank < this.#lefts.length; rank++) {
      const [left, right, id] = [this.#lefts[rank], this.#rights[rank], this.#merged[rank]];
      if (isMade[left] === 0 || isMade[right] === 0 || isMade[id] !== 0) return false;
      isMade[id] = 1;
    }
    return true;
  }

  #fill(): void {
    const lefts = this.#lefts;
    const rights = this.#rights;
    const slots = this.#slots;
    const byteRanks = this.#byteRanks;
    for (let rank = 0; rank < lefts.length; rank++) {
      const left = lefts[rank];
      const right = rights[rank];
      if ((left | right) < numBytes) {
        const pair = left * numBytes + right;
        if (byteRanks[pair] < 0) byteRanks[pair] = rank;
        continue;
      }
      let slot = (hashPair(left, right) * slotInts) & (slots.length - 1);
      while (slots[slot + 2] !== 0 && (slots[slot] !== left || slots[slot + 1] !== right)) {
        slot = (slot + slotInts) & (slots.length - 1);
      }
      if (slots[slot + 2] !== 0) continue;
      slots[slot] = left;
      slots[slot + 1] = right;
      slots[slot + 2] = rank + 1;
    }
  }
}

const recentBits = 17;

/** Merges of a vocabulary whose ids are its ranks; remembers recent answers. */
export class RankMerges implements Merges {
  readonly #tokens: TokenBytes;
  readonly #isInOrder: boolean;
  readonly #recent = new Int32Array(slotInts << recentBits);

  /** `isInOrder`: known to be so, as of OpenAI's vocabularies, which the build proves. */
  constructor(tokens: TokenBytes, { isInOrder = false } = {}) {
    this.#tokens = tokens;
    this.#isInOrder = isInOrder;
  }

  isInOrder(): boolean {
    return this.#isInOrder;
  }

  rankOf(left: number, right: number): number {
    const recent = this.#recent;
    const slot = (hashPair(left, right) & ((1 << recentBits) - 1)) * slotInts;
    if (recent[slot] === left && recent[slot + 1] === right && recent[slot + 3] !== 0) {
      return recent[slot + 2];
    }
    const rank = this.#tokens.findJoined(left, right);
    recent[slot] = left;
    recent[slot + 1] = right;
    recent[slot + 2] = rank;
    recent[slot + 3] = 1; // in use
    return rank;
  }

  merged(rank: number): number {
    return rank;
  }

  /** One merge for each token, the last that makes it; other ways to cut it in two tokens never come up. */
  *entries(): Generator<Merge> {
    const tokens = this.#tokens;
    const byteIds = tokens.byteIds();
    for (let id = 0; id < tokens.size; id++) {
      const symbols = Int32Array.from(tokens.bytesOf(id), (byte) => byteIds[byte]);
      const below = {
        rankOf: (left: number, right: number) => this.#rankBelow(id, left, right),
        merged: (rank: number) => rank,
      };
      if (symbols.length > 1 && mergeSymbols(symbols, symbols.length, below) === 2) {
        yield [symbols[0], symbols[1], id];
      }
    }
  }

  #rankBelow(limit: number, left: number, right: number): number {
    const rank = this.rankOf(left, right);
    return rank < limit ? rank : -1;
  }
}
