/**
 * @file The engine over a cache. A prompt is read row by row, in stretches; tokens one at a time are read for all rows in
 * one run, since the weights that are read for one row serve the others too.
 */
import { CacheMemory } from "./cache-memory.ts";
import type { RowCopy } from "./cache-memory.ts";
import type { DecoderStep } from "./decoder-step.ts";
import { requireAppendable, requireRow, requireTruncation } from "./engine-rows.ts";
import type { Limits } from "./engine-rows.ts";
import type { AppendOptions, Engine } from "./engine.ts";

/**
 * Tokens of a prompt that are read in one run: bounds the memory, and how long an abort has to wait. In 256 a prompt of 512
 * is read 5 % faster than at once, as more stays in the processor's cache; 128 costs float32 7 %.
 */
const longestStretch = 256;

/** Positions of a row for whose answers memory is kept. */
const mostChecked = 8;

type Ids = ArrayLike<number>;

export class CachedEngine implements Engine {
  readonly batchSize: number;
  readonly contextLength: number;
  readonly vocabSize: number;
  readonly #step: DecoderStep;
  readonly #memory: CacheMemory;
  readonly #lengths: Int32Array;
  /** `(B, V)`: answers of one position a row. */
  readonly #logits: Float32Array;
  /** `(n, V)` for a few positions of a row: a draft is checked at every run, and new memory each time has to be collected. */
  readonly #checked: Float32Array[] = [];
  /** Copies of rows that are still to be made, in this order, before the next run. */
  readonly #copies: RowCopy[] = [];
  #isBusy = false;

  constructor(step: DecoderStep, { batchSize, contextLength, vocabSize }: Limits) {
    this.batchSize = batchSize;
    this.contextLength = contextLength;
    this.vocabSize = vocabSize;
    this.#step = step;
    this.#memory = new CacheMemory(step.layers, { batchSize, contextLength });
    this.#lengths = new Int32Array(batchSize);
    this.#logits = new Float32Array(batchSize * vocabSize);
  }

  get cpuFallbacks(): readonly string[] {
    return this.#step.cpuFallbacks;
  }

  lengthOf(row: number): number {
    requireRow(row, this.batchSize);
    return this.#lengths[row];
  }

  truncate(row: number, length: number): void {
    requireRow(row, this.batchSize);
    requireTruncation(row, length, this.#lengths[row]);
    this.#lengths[row] = length;
  }

  copyRow(from: number, to: number): void {
    requireRow(from, this.batchSize);
    requireRow(to, this.batchSize);
    this.#copies.push({ from, to, length: this.#lengths[from] });
    this.#lengths[to] = this.#lengths[from];
  }

  async append(
    ids: readonly Ids[],
    { everyPosition = false, signal }: AppendOptions = {},
  ): Promise<(Float32Array | undefined)[]> {
    requireAppendable(ids, this.#lengths, this);
    if (this.#isBusy) throw new Error("append: expected the last call to have ended, got another.");
    this.#isBusy = true;
    try {
      signal?.throwIfAborted();
      while (this.#copies.length > 0) await this.#memory.copyRow(this.#copies.shift()!);
      const longest = Math.max(...ids.map((added, row) => this.#lengths[row] + added.length));
      await this.#memory.reserve(longest);
      const answers: (Float32Array | undefined)[] = ids.map(() => undefined);
      await this.#readOneEach(ids, answers, signal); // first: rows between go along, and their answers are none
      for (const [row, added] of ids.entries()) {
        if (added.length > 1)
          answers[row] = await this.#read(row, added, { everyPosition, signal });
      }
      return answers;
    } finally {
      this.#isBusy = false;
    }
  }

  release(): void {
    this.#step.release();
  }

  #answerOf(row: number): Float32Array {
    return this.#logits.subarray(row * this.vocabSize, (row + 1) * this.vocabSize);
  }

  /** Room for answers of `count` positions of a row. */
  #answersOf(row: number, count: number): Float32Array {
    if (count > mostChecked) return new Float32Array(count * this.vocabSize);
    this.#checked[row] ??= new Float32Array(mostChecked * this.vocabSize);
    return this.#checked[row].subarray(0, count * this.vocabSize);
  }

  /** Several tokens for one row. */
  async #read(row: number, ids: Ids, { everyPosition, signal }: AppendOptions) {
    const V = this.vocabSize;
    const answer = everyPosition ? this.#answersOf(row, ids.length) : this.#answerOf(row);
    for (let start = 0; start < ids.length; start += longestStretch) {
      signal?.throwIfAborted();
      const end = Math.min(start + longestStretch, ids.length);
      const isLast = end === ids.length;
      const picks = everyPosition ? range(0, end - start) : range(end - start - 1, end - start);
      const stretch = Int32Array.from({ length: end - start }, (_, i) => ids[start + i]);
      await this.#step.run({
        ids: stretch,
        lengths: this.#lengths.slice(row, row + 1),
        picks: everyPosition || isLast ? picks : new Int32Array(0),
        ...this.#cacheOf(row, row + 1),
        logits: everyPosition
          ? answer.subarray(start * V, end * V)
          : answer.subarray(0, isLast ? V : 0),
      });
      this.#lengths[row] += end - start;
    }
    return answer;
  }

  /** One token for each of several rows. */
  async #readOneEach(
    ids: readonly Ids[],
    answers: (Float32Array | undefined)[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (const [first, end] of this.#groups(ids)) {
      signal?.throwIfAborted();
      await this.#step.run({
        ids: Int32Array.from(ids.slice(first, end), (added) => (added.length === 1 ? added[0] : 0)),
        lengths: this.#lengths.slice(first, end),
        picks: range(0, end - first),
        ...this.#cacheOf(first, end),
        logits: this.#logits.subarray(first * this.vocabSize, end * this.vocabSize),
      });
      for (let row = first; row < end; row++) {
        if (ids[row].length !== 1) continue;
        this.#lengths[row]++;
        answers[row] = this.#answerOf(row);
      }
    }
  }

  /**
   * Neighbouring rows that share a run. A row between them that gets no token goes along, with a token that it forgets at
   * once; only a full row has no place for one.
   */
  #groups(ids: readonly Ids[]): (readonly [first: number, end: number])[] {
    const groups: [number, number][] = [];
    let isOpen = false;
    for (const [row, { length }] of ids.entries()) {
      if (this.#lengths[row] === this.#memory.capacity) isOpen = false;
      if (length !== 1) continue;
      if (isOpen) groups.at(-1)![1] = row + 1;
      else groups.push([row, row + 1]);
      isOpen = true;
    }
    return groups;
  }

  #cacheOf(first: number, end: number) {
    return { cache: this.#memory.rows(first, end), capacity: this.#memory.capacity };
  }
}

/** `start` up to, not including, `end`. */
function range(start: number, end: number): Int32Array {
  return Int32Array.from({ length: end - start }, (_, i) => start + i);
}
