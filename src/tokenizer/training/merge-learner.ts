/**
 * @file One merge after the other: the most frequent pair of neighbours becomes a token, and the counts around it follow. Only the words
 * that have the pair are looked at.
 */
import { CandidateQueue } from "./candidate-queue.ts";
import type { Candidate } from "./candidate-queue.ts";
import { FoundPairs } from "./counted-words.ts";
import type { CountedWords } from "./counted-words.ts";
import { Neighbours } from "./neighbours.ts";
import { PairCounts } from "./pair-counts.ts";

export interface LearnerOptions {
  /** All ids are below it, those of merged tokens too. */
  readonly vocabSize: number;
  /** A token made of tokens that were made themselves stays shorter than this, in characters (default: no limit). */
  readonly maxTokenLength?: number | undefined;
  /** Which of equally frequent pairs comes first: that of the lowest ids (default), or that which stands first in the words. */
  readonly ties?: "lowest-ids" | "first-seen";
}

export class MergeLearner {
  readonly #words: CountedWords;
  readonly #tokens: Uint16Array | Uint32Array;
  readonly #starts: ArrayLike<number>;
  readonly #ends: Uint32Array; // of words, which get shorter
  readonly #wordCounts: ArrayLike<number>;
  readonly #pairs = new PairCounts();
  readonly #queue = new CandidateQueue();
  readonly #lengths: Uint32Array; // of tokens, in characters
  readonly #before: Neighbours;
  readonly #after: Neighbours;
  readonly #maxTokenLength: number;
  readonly #seesFirst: boolean;

  /** Takes over `words`: their tokens are merged in place. */
  constructor(
    words: CountedWords,
    { vocabSize, maxTokenLength = Infinity, ties = "lowest-ids" }: LearnerOptions,
  ) {
    const { tokens, starts, counts, numWords } = words;
    this.#tokens = tokens;
    this.#starts = starts;
    this.#ends = Uint32Array.from({ length: numWords }, (_, word) => starts[word + 1]);
    this.#wordCounts = counts;
    this.#lengths = new Uint32Array(vocabSize).fill(1);
    this.#before = new Neighbours(vocabSize);
    this.#after = new Neighbours(vocabSize);
    this.#maxTokenLength = maxTokenLength;
    this.#seesFirst = ties === "first-seen";
    this.#words = words;
  }

  /** Counts all pairs, before the first `next`; long work, with pauses in which others may have their turn. */
  *prepare(): Generator<void> {
    const found = new FoundPairs(this.#words);
    yield* found.find();
    const ends = found.pairs.map((pair) => {
      this.#pairs.add(pair.left, pair.right, pair.count);
      return this.#queue.add({ ...pair, first: this.#seesFirst ? pair.first : 0 });
    });
    yield* found.eachWord((pair, word) => (this.#queue.words[ends[pair]++] = word));
  }

  /** The most frequent pair, or undefined where none occurs `minFrequency` times. */
  next(minFrequency: number): { readonly left: number; readonly right: number } | undefined {
    while (!this.#queue.isEmpty) {
      const top = this.#queue.top();
      const count = this.#pairs.get(top.left, top.right);
      const first = count > 0 ? this.#firstPlace(top) : 0;
      if (count <= 0) this.#queue.removeTop();
      else if (count !== top.count || first !== top.first) this.#queue.lowerTop(count, first);
      else return count >= minFrequency ? top : undefined;
    }
    return undefined;
  }

  /** Replaces the pair that `next` gave by `token` wherever it stands. */
  merge(token: number): void {
    const { left, right } = this.#queue.top();
    const words = this.#queue.topWords();
    this.#lengths[token] = this.#lengths[left] + this.#lengths[right];
    for (let i = 0; i < words.length; i++) this.#mergeIn(words[i], left, right, token);
    this.#queue.removeTop();
    const [before, after] = [this.#before, this.#after];
    for (const neighbour of before.seen) {
      this.#pairs.add(neighbour, left, -before.countOf(neighbour));
      this.#count(neighbour, token, before.countOf(neighbour));
    }
    for (const neighbour of after.seen) {
      this.#pairs.add(right, neighbour, -after.countOf(neighbour));
      this.#count(token, neighbour, after.countOf(neighbour));
    }
    for (const neighbour of before.seen) this.#enqueue(neighbour, token, before, neighbour);
    for (const neighbour of after.seen) this.#enqueue(token, neighbour, after, neighbour);
    before.clear();
    after.clear();
  }

  #mergeIn(word: number, left: number, right: number, token: number): void {
    const tokens = this.#tokens;
    const start = this.#starts[word];
    const end = this.#ends[word];
    const count = this.#wordCounts[word];
    let place = start;
    for (let i = start; i < end; i++, place++) {
      if (tokens[i] !== left || i + 1 === end || tokens[i + 1] !== right) {
        tokens[place] = tokens[i];
        continue;
      }
      if (place > start) this.#before.add(tokens[place - 1], word, count);
      if (i + 2 < end) this.#after.add(tokens[i + 2], word, count);
      tokens[place] = token;
      i++;
    }
    this.#ends[word] = place;
  }

  #count(left: number, right: number, count: number): void {
    if (this.#mayJoin(left, right)) this.#pairs.add(left, right, count);
  }

  #mayJoin(left: number, right: number): boolean {
    return this.#lengths[left] + this.#lengths[right] < this.#maxTokenLength;
  }

  /** Makes a new pair a candidate; its words are those that `source` noted for `neighbour`. */
  #enqueue(left: number, right: number, source: Neighbours, neighbour: number): void {
    const count = this.#mayJoin(left, right) ? this.#pairs.get(left, right) : 0;
    if (count <= 0) return;
    const numWords = source.numWordsOf(neighbour);
    const start = this.#queue.add({ left, right, count, first: 0, numWords });
    source.writeWords(neighbour, this.#queue.words, start);
  }

  /** Where a pair stands first, counted in characters of all words; 0 where that does not matter. */
  #firstPlace({ left, right }: Candidate): number {
    if (!this.#seesFirst) return 0;
    const tokens = this.#tokens;
    for (const word of this.#queue.topWords()) {
      let place = this.#starts[word];
      for (let i = this.#starts[word]; i + 1 < this.#ends[word]; i++) {
        if (tokens[i] === left && tokens[i + 1] === right) return place;
        place += this.#lengths[tokens[i]];
      }
    }
    return 0;
  }
}
