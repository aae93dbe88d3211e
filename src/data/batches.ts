/** Batches of windows, ready to be fed to a model. */
import {
  BatchOrder,
  type BatchOrderOptions,
  type CursorState,
  OrderCursor,
} from "./batch-order.ts";
import type { Windows } from "./windows.ts";

/** Token ids, row by row; B is `batchSize`, T is `blockSize`. */
export interface Batch {
  /** `(B, T)` */
  readonly inputs: Int32Array;
  /** `(B, T)`: the token after each input. */
  readonly targets: Int32Array;
  readonly batchSize: number;
  readonly blockSize: number;
}

export type BatchOptions = Omit<BatchOrderOptions, "numExamples">;

/**
 * The batches that PyTorch's `DataLoader` gives for a data set of windows. Iterating it is one epoch.
 *
 * @example
 * const windows = new Windows(tokens, { blockSize: 256 });
 * for (const batch of new Batches(windows, { batchSize: 8, shuffle: true, generator })) { … }
 */
export class Batches implements Iterable<Batch> {
  readonly order: BatchOrder;
  readonly windows: Windows;

  constructor(windows: Windows, options: BatchOptions) {
    this.windows = windows;
    this.order = new BatchOrder({ ...options, numExamples: windows.length });
  }

  /** Batches in an epoch. */
  get length(): number {
    return this.order.numBatches;
  }

  /** Starts an epoch, which draws from the generator. */
  [Symbol.iterator](): Iterator<Batch, undefined> {
    const order = this.order[Symbol.iterator]();
    return {
      next: () => {
        const { done, value } = order.next();
        if (done) return { done, value: undefined };
        return { done: false, value: readBatch(this.windows, value) };
      },
    };
  }

  /** An endless walk through epochs that can be stopped and resumed; `from` is what `state()` gave. */
  cursor(from?: CursorState): BatchCursor {
    return new BatchCursor(this.windows, this.order.cursor(from));
  }
}

/** Walks through epoch after epoch of batches. */
export class BatchCursor {
  readonly #windows: Windows;
  readonly #order: OrderCursor;

  constructor(windows: Windows, order: OrderCursor) {
    this.#windows = windows;
    this.#order = order;
  }

  /** The next batch, written over `reused` when that has its size: one that nobody reads any more. */
  next(reused?: Batch): Batch {
    return readBatch(this.#windows, this.#order.next(), reused);
  }

  /** Where the cursor stands; a cursor made from it gives the batches that would have come. */
  state(): CursorState {
    return this.#order.state();
  }
}

function readBatch(windows: Windows, examples: Uint32Array, reused?: Batch): Batch {
  const { blockSize } = windows;
  const batch = fits(reused, examples.length, blockSize)
    ? reused
    : emptyBatch(examples.length, blockSize);
  examples.forEach((example, row) => {
    const start = row * blockSize;
    windows.read(example, batch.inputs.subarray(start), batch.targets.subarray(start));
  });
  return batch;
}

function fits(batch: Batch | undefined, batchSize: number, blockSize: number): batch is Batch {
  return batch?.batchSize === batchSize && batch.blockSize === blockSize;
}

function emptyBatch(batchSize: number, blockSize: number): Batch {
  const inputs = new Int32Array(batchSize * blockSize);
  return { inputs, targets: new Int32Array(inputs.length), batchSize, blockSize };
}
