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
}

/** Two tokens and the one that they become. */
export type Merge = readonly [left: number, right: number, merged: number];

const mixLeft = 0x9e3779b1;
const mixRight = 0x85ebca6b;

function hashPair(left: number, right: number): number {
  const hash = Math.imul(left, mixLeft) ^ Math.imul(right, mixRight);
  return hash ^ (hash >>> 15);
}

/** Merges from a list. */
export class MergeTable implements Merges {
  readonly #lefts: Int32Array;
  readonly #rights: Int32Array;
  readonly #ranks: Int32Array;
  readonly #merged: Int32Array;
  readonly #mask: number;

  /** From the left, the right and the merged token of each merge, in order of rank; a pair that comes again keeps its first rank. */
  constructor(lefts: ArrayLike<number>, rights: ArrayLike<number>, merged: ArrayLike<number>) {
    if (lefts.length !== rights.length || lefts.length !== merged.length) {
      throw new UserError(
        `merges: expected as many left, right and merged tokens, got ${lefts.length}, ${rights.length} and ` +
          `${merged.length}. Give three for each merge.`,
      );
    }
    const size = 2 ** Math.ceil(Math.log2(2 * lefts.length + 2));
    this.#mask = size - 1;
    this.#lefts = new Int32Array(size);
    this.#rights = new Int32Array(size);
    this.#ranks = new Int32Array(size).fill(-1);
    this.#merged = Int32Array.from(merged);
    for (let rank = 0; rank < lefts.length; rank++) this.#add(lefts[rank], rights[rank], rank);
  }

  rankOf(left: number, right: number): number {
    return this.#ranks[this.#slot(left, right)];
  }

  merged(rank: number): number {
    return this.#merged[rank];
  }

  *entries(): Generator<Merge> {
    const slots = [...this.#ranks.keys()].filter((slot) => this.#ranks[slot] >= 0);
    slots.sort((a, b) => this.#ranks[a] - this.#ranks[b]);
    for (const slot of slots) {
      yield [this.#lefts[slot], this.#rights[slot], this.#merged[this.#ranks[slot]]];
    }
  }

  #add(left: number, right: number, rank: number): void {
    const slot = this.#slot(left, right);
    if (this.#ranks[slot] >= 0) return;
    this.#lefts[slot] = left;
    this.#rights[slot] = right;
    this.#ranks[slot] = rank;
  }

  /** Where the pair is, or would be. */
  #slot(left: number, right: number): number {
    let slot = hashPair(left, right) & this.#mask;
    while (this.#ranks[slot] >= 0 && (this.#lefts[slot] !== left || this.#rights[slot] !== right)) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }
}

const recentBits = 17;

/** Merges of a vocabulary whose ids are its ranks; remembers recent answers. */
export class RankMerges implements Merges {
  readonly #tokens: TokenBytes;
  readonly #lefts = new Int32Array(1 << recentBits).fill(-1);
  readonly #rights = new Int32Array(1 << recentBits);
  readonly #ranks = new Int32Array(1 << recentBits);

  constructor(tokens: TokenBytes) {
    this.#tokens = tokens;
  }

  rankOf(left: number, right: number): number {
    const slot = hashPair(left, right) & ((1 << recentBits) - 1);
    if (this.#lefts[slot] === left && this.#rights[slot] === right) return this.#ranks[slot];
    const rank = this.#tokens.findJoined(left, right);
    this.#lefts[slot] = left;
    this.#rights[slot] = right;
    this.#ranks[slot] = rank;
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
