/**
 * @file One merge after the other: the most frequent pair of neighbours becomes a token, and the counts around it follow. Only the words
 * that have the pair are looked at. Pairs that are too rare to be next are neither counted nor listed until their turn comes.
 */
import { bytesPerPair, CandidateQueue } from "./candidate-queue.ts";
import { moveTogether, noTokenOf } from "./counted-words.ts";
import type { CountedWords } from "./counted-words.ts";
import { indexPairs } from "./index-pairs.ts";
import { Neighbours } from "./neighbours.ts";
import { none, PairTable } from "./pair-table.ts";
import { WordLists } from "./word-lists.ts";

export interface LearnerOptions {
  /** All ids are below it, those of merged tokens too. */
  readonly vocabSize: number;
  /** Pairs that occur less often are not merged. */
  readonly minFrequency: number;
  /** A token made of tokens that were made themselves stays shorter than this, in characters (default: no limit). */
  readonly maxTokenLength?: number | undefined;
  /** Which of equally frequent pairs comes first: that of the lowest ids (default), or that which stands first in the words. */
  readonly ties?: "lowest-ids" | "first-seen";
  /** Memory that the learner may use (default: some of its own). */
  readonly memory?: Uint8Array;
  /** About how many bytes pairs may take (default: a third of what the words take, or 2 MB); the merges are the same for any number. */
  readonly pairBytes?: number | undefined;
}

/** A pair to merge. */
export interface NextPair {
  readonly left: number;
  readonly right: number;
}

export class MergeLearner {
  readonly #words: CountedWords;
  readonly #noToken: number;
  readonly #lists: WordLists;
  readonly #pairs = new PairTable();
  readonly #queue: CandidateQueue;
  readonly #lengths: Uint32Array; // of tokens, in characters
  readonly #before: Neighbours;
  readonly #after: Neighbours;
  readonly #least: number;
  readonly #maxTokenLength: number;
  readonly #seesFirst: boolean;
  readonly #budget: number;
  #fullBytes = 0; // of what is known about pairs: then the rarest are forgotten
  #floor = Infinity; // rarer pairs are not known
  /** Whether some count is no longer known. */
  #isStale = false;
  /** Merged pairs, as left * vocabSize + right, and the counts that they had then: see `#remember`. */
  readonly #merged: number[] = [];
  readonly #mergedCounts: number[] = [];

  /** Takes over `words`: their tokens are merged in place. */
  constructor(words: CountedWords, options: LearnerOptions) {
    const { vocabSize, minFrequency, maxTokenLength = Infinity, ties, memory } = options;
    this.#words = words;
    this.#noToken = noTokenOf(words);
    this.#least = Math.max(1, minFrequency);
    this.#maxTokenLength = maxTokenLength;
    this.#seesFirst = ties === "first-seen";
    this.#lists = new WordLists(memory ?? new Uint8Array(1 << 12));
    this.#queue = new CandidateQueue(this.#pairs, this.#lists, { seesFirst: this.#seesFirst });
    this.#before = new Neighbours(vocabSize);
    this.#after = new Neighbours(vocabSize);
    this.#lengths = new Uint32Array(vocabSize).fill(1);
    const wordBytes = 2 * words.starts[words.numWords] + 8 * words.numWords;
    this.#budget = options.pairBytes ?? Math.max(leastBudget, budgetShare * wordBytes);
  }

  /** What it takes beside the words, in bytes. */
  get memoryBytes(): number {
    const parts = [this.#pairs, this.#queue, this.#before, this.#after];
    const merged = 16 * this.#merged.length;
    const arrays = this.#lists.bytes.byteLength + this.#lengths.byteLength + merged;
    return parts.reduce((sum, { memoryBytes }) => sum + memoryBytes, arrays);
  }

  /** Whether pairs have to be found before `next` can tell. */
  get needsPairs(): boolean {
    return this.#isStale || (this.#floor > this.#least && !this.#findTop());
  }

  /** Finds and counts the most frequent pairs; long work, with pauses in which others may have their turn. */
  *findPairs(): Generator<void> {
    // The sketch may take rare pairs for frequent ones, again and again.
    const most = this.#isStale ? Infinity : Math.max(this.#least, Math.floor(0.8 * this.#floor));
    const isFirst = this.#floor === Infinity;
    if (!isFirst) yield* moveTogether(this.#words);
    this.#pairs.clear();
    this.#queue.clear();
    if (this.#isStale) this.#recall();
    const index = {
      words: this.#words,
      pairs: this.#pairs,
      queue: this.#queue,
      lists: this.#lists,
      mayJoin: (left: number, right: number) => this.#mayJoin(left, right),
    };
    const limits = { budget: this.#budget / 2, least: this.#least, most };
    this.#floor = yield* indexPairs(index, limits, isFirst);
    this.#isStale = false;
    this.#fullBytes = Math.max(this.#budget, 2 * this.#usedBytes);
  }

  /** The most frequent pair, or undefined where none is frequent enough. */
  next(): NextPair | undefined {
    if (!this.#findTop()) return undefined;
    const { top } = this.#queue;
    return { left: this.#pairs.lefts[top], right: this.#pairs.rights[top] };
  }

  /** Replaces the pair that `next` gave by `token` wherever it stands. */
  merge(token: number): void {
    const { top } = this.#queue;
    const left = this.#pairs.lefts[top];
    const right = this.#pairs.rights[top];
    // Pairs with a token that was there may have counts that are not known.
    if (this.#lengths[token] > 1) this.#isStale = true;
    this.#lengths[token] = this.#lengths[left] + this.#lengths[right];
    this.#mergeAll(top, left, right, token);
    this.#queue.removeTop();
    const [before, after] = [this.#before, this.#after];
    for (const neighbour of before.seen) {
      this.#pairs.change(neighbour, left, -before.countOf(neighbour));
    }
    for (const neighbour of after.seen) {
      this.#pairs.change(right, neighbour, -after.countOf(neighbour));
    }
    this.#remember(top);
    if (!this.#isStale) {
      for (const neighbour of before.seen) {
        this.#enqueue(neighbour, token, before.countOf(neighbour), before, neighbour);
      }
      for (const neighbour of after.seen) {
        // Where the pair follows itself, its left token was seen and then merged.
        const numGone = neighbour === left ? before.countOf(token) : 0;
        this.#enqueue(token, neighbour, after.countOf(neighbour) - numGone, after, neighbour);
      }
    }
    before.clear();
    after.clear();
    if (this.#usedBytes > this.#fullBytes) this.#forgetRarest();
  }

  /** Makes room: pairs that are merged, and the rarest, are no longer known. */
  #forgetRarest(): void {
    const costs = this.#queue.costs();
    this.#floor = costs.floorFor(this.#budget / 2, this.#floor);
    this.#queue.keepFrequent(this.#floor);
    this.#fullBytes = Math.max(this.#budget, 2 * this.#usedBytes);
  }

  get #usedBytes(): number {
    return this.#lists.sizeBytes + bytesPerPair * this.#pairs.length;
  }

  /** Brings the most frequent pair to the top; whether it is frequent enough. */
  #findTop(): boolean {
    while (!this.#queue.isEmpty) {
      const { top } = this.#queue;
      const count = this.#pairs.counts[top];
      const first = count > 0 ? this.#firstPlace(top) : 0;
      if (count < this.#floor) this.#queue.removeTop();
      else if (!this.#queue.isTopRight(first)) this.#queue.lowerTop(first);
      else return true;
    }
    return false;
  }

  #mergeAll(pair: number, left: number, right: number, token: number): void {
    const { bytes } = this.#lists;
    const end = this.#queue.starts[pair] + this.#queue.sizes[pair];
    let word = -1;
    for (let at = this.#queue.starts[pair]; at < end; at++) {
      let distance = bytes[at] & 0x7f;
      for (let shift = 7; bytes[at] > 0x7f; shift += 7) distance += (bytes[++at] & 0x7f) << shift;
      word += distance;
      this.#mergeIn(word, left, right, token);
    }
  }

  #mergeIn(word: number, left: number, right: number, token: number): void {
    const { tokens, starts, counts } = this.#words;
    const noToken = this.#noToken;
    const start = starts[word];
    const end = starts[word + 1];
    const count = counts[word];
    let i = start;
    while (i + 1 < end && (tokens[i] !== left || tokens[i + 1] !== right)) i++;
    let place = i;
    for (; i < end && tokens[i] !== noToken; i++, place++) {
      if (tokens[i] !== left || i + 1 === end || tokens[i + 1] !== right) {
        tokens[place] = tokens[i];
        continue;
      }
      if (place > start) this.#before.add(tokens[place - 1], word, count);
      if (i + 2 < end && tokens[i + 2] !== noToken) this.#after.add(tokens[i + 2], word, count);
      tokens[place] = token;
      i++;
    }
    while (place < i) tokens[place++] = noToken;
  }

  /** Single characters may always join. */
  #mayJoin(left: number, right: number): boolean {
    const length = this.#lengths[left] + this.#lengths[right];
    return length === 2 || length < this.#maxTokenLength;
  }

  /** Makes a new pair a candidate if it is frequent enough; its words are those that `source` noted for `neighbour`. */
  #enqueue(
    left: number,
    right: number,
    count: number,
    source: Neighbours,
    neighbour: number,
  ): void {
    if (count < this.#floor || !this.#mayJoin(left, right)) return;
    const pair = this.#pairs.add(left, right);
    this.#pairs.counts[pair] = count;
    const start = this.#queue.add(pair, source.listBytesOf(neighbour));
    source.writeList(neighbour, this.#lists.bytes, start);
  }

  /**
   * Hugging Face's trainer leaves a pair that it merged with the count that it had. This matters where another merge gives a token that was
   * there before, so that the pair occurs again: then what it had still counts.
   */
  #remember(pair: number): void {
    const { lefts, rights, counts } = this.#pairs;
    this.#merged.push(lefts[pair] * this.#lengths.length + rights[pair]);
    this.#mergedCounts.push(counts[pair]);
    counts[pair] = 0;
  }

  #recall(): void {
    const vocabSize = this.#lengths.length;
    for (const [i, key] of this.#merged.entries()) {
      const [left, right] = [Math.floor(key / vocabSize), key % vocabSize];
      const known = this.#pairs.find(left, right);
      const pair = known === none ? this.#pairs.add(left, right) : known;
      this.#queue.begin(pair);
      this.#pairs.counts[pair] = this.#mergedCounts[i];
    }
  }

  /** Where a pair stands first: by word, then in characters; 0 where that does not matter. */
  #firstPlace(pair: number): number {
    if (!this.#seesFirst) return 0;
    const { tokens, starts } = this.#words;
    const [left, right] = [this.#pairs.lefts[pair], this.#pairs.rights[pair]];
    for (const word of this.#lists.wordsIn(this.#queue.starts[pair], this.#queue.sizes[pair])) {
      let place = word * longestWord;
      for (let i = starts[word]; i + 1 < starts[word + 1]; i++) {
        if (tokens[i] === this.#noToken) break;
        if (tokens[i] === left && tokens[i + 1] === right) return place;
        place += this.#lengths[tokens[i]];
      }
    }
    return 0;
  }
}

const longestWord = 2 ** 26; // characters
const leastBudget = 1 << 21;
const budgetShare = 0.35;
