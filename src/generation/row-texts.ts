/** @file What the rows of an engine hold, so that a text whose beginning was read before is not read from its beginning. */
import type { Engine } from "./engine.ts";

/** Copying a row costs about as much as reading a few tokens; fewer than these are read instead. */
const leastCopied = 8;

export class RowTexts {
  readonly #engine: Engine;
  readonly #held: number[][];

  /** The engine's rows are emptied: nobody knows what they hold. */
  constructor(engine: Engine) {
    this.#engine = engine;
    this.#held = Array.from({ length: engine.batchSize }, () => []);
    for (let row = 0; row < engine.batchSize; row++) engine.truncate(row, 0);
  }

  /** Of some rows the one that holds most of the beginning of `ids`, the first of equals. */
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
    this.#cut(row, Math.min(this.#shared(row, ids), ids.length - 1));
  }

  /** What the row still has to read of `ids`; of a text beyond the context, its end, from scratch. */
  unread(row: number, ids: readonly number[]): readonly number[] {
    const { contextLength } = this.#engine;
    if (ids.length <= contextLength) return ids.slice(this.#held[row].length);
    this.#cut(row, 0);
    return ids.slice(-contextLength);
  }

  /** Takes down what of `added` the engine has read. */
  record(row: number, added: readonly number[]): void {
    const held = this.#held[row];
    held.push(...added.slice(0, this.#engine.lengthOf(row) - held.length));
  }

  #cut(row: number, length: number): void {
    this.#engine.truncate(row, length);
    this.#held[row].length = length;
  }

  /** Length of the beginning that a row and `ids` have in common. */
  #shared(row: number, ids: ArrayLike<number>): number {
    const held = this.#held[row];
    const most = Math.min(held.length, ids.length);
    let length = 0;
    while (length < most && held[length] === ids[length]) length++;
    return length;
  }
}
