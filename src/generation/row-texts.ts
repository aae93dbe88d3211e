/** @file What the rows of an engine hold, so that a text whose beginning was read before is not read from its beginning. */
import type { Engine } from "./engine.ts";

/** Copying a row costs about as much as reading a few tokens; fewer than these are read instead. */
const leastCopied = 8;

/**
 * Where the part of a text begins that is seen. While a text fits the context, at 0; a longer one loses half a context at a
 * time, so that the rest has to be read anew only as often. It depends on the length alone, not on how the text came about.
 */
export function windowStart(length: number, contextLength: number): number {
  const half = Math.ceil(contextLength / 2);
  return Math.max(0, Math.ceil((length - contextLength) / half) * half);
}

export class RowTexts {
  readonly #engine: Engine;
  /** What the engine has read in each row, and where in the row's text that begins. */
  readonly #held: number[][];
  readonly #starts: number[];

  /** The engine's rows are emptied: nobody knows what they hold. */
  constructor(engine: Engine) {
    this.#engine = engine;
    this.#held = Array.from({ length: engine.batchSize }, () => []);
    this.#starts = this.#held.map(() => 0);
    for (let row = 0; row < engine.batchSize; row++) engine.truncate(row, 0);
  }

  /** Of some rows the one that holds most of the beginning of what is seen of `ids`, the first of equals. */
  closest(ids: ArrayLike<number>, rows: readonly number[]): number {
    let best = rows[0];
    for (const row of rows) if (this.#shared(row, ids) > this.#shared(best, ids)) best = row;
    return best;
  }

  /** Lets `row` hold a beginning of `ids`, as long as can be had without reading; the last id is always left to be read. */
  begin(row: number, ids: ArrayLike<number>): void {
    const other = this.closest(ids, [...this.#held.keys()]);
    if (this.#shared(other, ids) >= this.#shared(row, ids) + leastCopied) {
      this.#engine.copyRow(other, row);
      this.#held[row] = [...this.#held[other]];
    }
    const start = this.#startOf(ids);
    this.#starts[row] = start;
    this.#cut(row, Math.min(this.#shared(row, ids), ids.length - start - 1));
  }

  /** What the row still has to read of `ids`: all that is seen, from scratch, where the beginning was forgotten. */
  unread(row: number, ids: readonly number[]): readonly number[] {
    const start = this.#startOf(ids);
    if (start !== this.#starts[row]) this.#cut(row, 0);
    this.#starts[row] = start;
    return ids.slice(start + this.#held[row].length);
  }

  /** Takes down what of `added` the engine has read. */
  record(row: number, added: readonly number[]): void {
    const held = this.#held[row];
    held.push(...added.slice(0, this.#engine.lengthOf(row) - held.length));
  }

  #startOf({ length }: ArrayLike<number>): number {
    return windowStart(length, this.#engine.contextLength);
  }

  #cut(row: number, length: number): void {
    this.#engine.truncate(row, length);
    this.#held[row].length = length;
  }

  /** Length of the beginning that a row and what is seen of `ids` have in common. */
  #shared(row: number, ids: ArrayLike<number>): number {
    const held = this.#held[row];
    const start = this.#startOf(ids);
    const most = Math.min(held.length, ids.length - start);
    let length = 0;
    while (length < most && held[length] === ids[start + length]) length++;
    return length;
  }
}
