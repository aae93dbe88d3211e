/**
 * @file Finds the pairs of words that may be merged next, with the words that have them. Only frequent ones, as many as `budget` bytes
 * have room for: rarer ones have their turn when those are merged, and by then there are fewer tokens to look at.
 */
import { bytesPerPair } from "./candidate-queue.ts";
import type { CandidateQueue } from "./candidate-queue.ts";
import { inGroups } from "./counted-words.ts";
import type { CountedWords } from "./counted-words.ts";
import { PairSketch } from "./pair-sketch.ts";
import { none, type PairTable } from "./pair-table.ts";
import type { WordLists } from "./word-lists.ts";

export interface PairsIndex {
  /** Without places that they do not need. */
  readonly words: CountedWords;
  readonly pairs: PairTable;
  readonly queue: CandidateQueue;
  readonly lists: WordLists;
  readonly mayJoin: (left: number, right: number) => boolean;
}

export interface IndexLimits {
  /** Bytes for all pairs that are found. */
  readonly budget: number;
  /** Rarer pairs are not looked for. */
  readonly least: number;
  /** Pairs that are at least as frequent as this are looked for in any case. */
  readonly most: number;
}

const leastSketchBytes = 1 << 18;
const bytesPerSight = 1.3; // in a list of words

/**
 * Fills the table, the queue and the lists, which are empty but for pairs that have a count already; gives how rare the pairs in them are.
 * `areFew`: whether all pairs that there are have room in the table.
 */
export function* indexPairs(
  index: PairsIndex,
  { budget, least, most }: IndexLimits,
  areFew: boolean,
): Generator<void, number> {
  const { words, pairs, queue } = index;
  let floor = least;
  let sketch: PairSketch | undefined;
  if (!areFew) {
    sketch = yield* sketchPairs(index);
    const cost = (sights: number) => bytesPerPair + bytesPerSight * sights;
    floor = Math.min(most, sketch.costs(cost).floorFor(budget, least));
  }
  yield* inGroups(words, (from, to) => countPairs(index, from, to, floor, sketch));
  if (areFew) floor = Math.min(most, queue.costs().floorFor(budget, least));
  pairs.keepFrequent(floor, (from, to) => queue.move(from, to));
  queue.layOut();
  yield* inGroups(words, (from, to) => listWords(index, from, to));
  queue.fill();
  return floor;
}

/** How often pairs occur, roughly, in the memory for lists. */
function* sketchPairs({ words, pairs, lists }: PairsIndex): Generator<void, PairSketch> {
  lists.reserve(Math.max(leastSketchBytes, lists.bytes.length));
  const sketch = new PairSketch(lists.bytes);
  lists.clear();
  for (let pair = 0; pair < pairs.length; pair++) {
    sketch.add(pairs.lefts[pair], pairs.rights[pair], pairs.counts[pair]);
  }
  yield* inGroups(words, (from, to) => sketch.addWords(words, from, to));
  return sketch;
}

/** Counts the pairs in the words `from` to `to - 1`; with a sketch, only those that may occur `floor` times. */
function countPairs(
  index: PairsIndex,
  from: number,
  to: number,
  floor: number,
  sketch: PairSketch | undefined,
): void {
  const { words, pairs, queue, mayJoin } = index;
  const { tokens, starts, counts } = words;
  for (let word = from; word < to; word++) {
    const last = starts[word + 1] - 1;
    for (let i = starts[word]; i < last; i++) {
      const left = tokens[i];
      const right = tokens[i + 1];
      let pair = pairs.find(left, right);
      if (pair === none) {
        if (sketch && sketch.most(left, right) < floor) continue;
        if (!mayJoin(left, right)) continue;
        pair = addPair(index, left, right);
      }
      pairs.counts[pair] += counts[word];
      queue.measure(pair, word);
    }
  }
}

function addPair({ pairs, queue }: PairsIndex, left: number, right: number): number {
  const pair = pairs.add(left, right);
  queue.begin(pair);
  return pair;
}

/** Lists the words `from` to `to - 1` for the pairs in them that are frequent enough. */
function listWords({ words, pairs, queue }: PairsIndex, from: number, to: number): void {
  const { tokens, starts } = words;
  for (let word = from; word < to; word++) {
    const last = starts[word + 1] - 1;
    for (let i = starts[word]; i < last; i++) {
      const pair = pairs.find(tokens[i], tokens[i + 1]);
      if (pair !== none) queue.write(pair, word);
    }
  }
}
