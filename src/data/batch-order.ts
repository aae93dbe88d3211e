/**
 * Which examples come together in which batch, as PyTorch's `DataLoader` decides it: with the same generator the same
 * batches come, and the generator is left in the same state.
 */
import { UserError } from "../errors.ts";
import type { Generator } from "../random/index.ts";
import { positiveInteger } from "./positive-integer.ts";
import { ShuffledOrder } from "./shuffled-order.ts";

export interface BatchOrderOptions {
  readonly numExamples: number;
  readonly batchSize: number;
  /** Whether examples come in a new random order each epoch (default: no). */
  readonly shuffle?: boolean;
  /** Whether a last, shorter batch is left out (default: no). */
  readonly dropLast?: boolean;
  /** Each epoch draws from it, shuffled or not, as PyTorch's does from its global generator. */
  readonly generator: Generator;
}

/** A place between two batches, as plain JSON. The generator's own state is saved beside it. */
export interface CursorState {
  readonly numExamples: number;
  readonly batchSize: number;
  /** Epochs begun so far. */
  readonly epoch: number;
  /** Batches of this epoch already taken. */
  readonly position: number;
  /** What this epoch is shuffled by; `null` when it is not. */
  readonly orderSeed: number | null;
}

/** The batches of a data set, as lists of example numbers. Iterating it is one epoch. */
export class BatchOrder implements Iterable<Uint32Array> {
  readonly options: Readonly<Required<BatchOrderOptions>>;
  /** Batches in an epoch. */
  readonly numBatches: number;

  constructor(options: BatchOrderOptions) {
    this.options = { shuffle: false, dropLast: false, ...options };
    const { numExamples, batchSize, dropLast } = this.options;
    positiveInteger("batchSize", batchSize);
    const batches = numExamples / batchSize;
    this.numBatches = dropLast ? Math.floor(batches) : Math.ceil(batches);
    if (this.numBatches === 0) {
      throw new UserError(
        `batches: expected at least ${dropLast ? batchSize : 1} examples for a batch, got ${numExamples}. ` +
          `Use more data or a smaller batchSize.`,
      );
    }
  }

  /** Starts an epoch, which draws from the generator. */
  [Symbol.iterator](): Iterator<Uint32Array, undefined> {
    const epoch = new Epoch(this);
    return {
      next: () =>
        epoch.isOver ? { done: true, value: undefined } : { done: false, value: epoch.next() },
    };
  }

  /** An endless walk through epochs that can be stopped and resumed; `from` is what `state()` gave. */
  cursor(from?: CursorState): OrderCursor {
    return new OrderCursor(this, from);
  }
}

/** Walks through epoch after epoch; a new one starts when its first batch is asked for. */
export class OrderCursor {
  readonly #order: BatchOrder;
  #epochsBegun: number;
  #epoch: Epoch | undefined;

  constructor(order: BatchOrder, from?: CursorState) {
    this.#order = order;
    this.#epochsBegun = from?.epoch ?? 0;
    if (!from) return;
    checkState(order, from);
    if (from.epoch > 0) this.#epoch = new Epoch(order, from);
  }

  /** Example numbers of the next batch. */
  next(): Uint32Array {
    if (!this.#epoch || this.#epoch.isOver) {
      this.#epoch = new Epoch(this.#order);
      this.#epochsBegun++;
    }
    return this.#epoch.next();
  }

  /** Where the cursor stands; a cursor made from it gives the batches that would have come. */
  state(): CursorState {
    const { numExamples, batchSize } = this.#order.options;
    const { position = 0, orderSeed = null } = this.#epoch ?? {};
    return { numExamples, batchSize, epoch: this.#epochsBegun, position, orderSeed };
  }
}

/** One pass. */
class Epoch {
  readonly #order: BatchOrder;
  #shuffled: ShuffledOrder | undefined;
  position = 0;
  orderSeed: number | null = null;

  /** A new epoch draws; one that is resumed does not. */
  constructor(order: BatchOrder, from?: CursorState) {
    this.#order = order;
    if (!from) {
      order.options.generator.random64(); // PyTorch's base seed for worker processes
      return;
    }
    this.position = from.position;
    if (from.orderSeed === null) return;
    this.#shuffle(from.orderSeed);
    const { numExamples, batchSize } = order.options;
    const taken = Math.min(numExamples, from.position * batchSize);
    for (let i = 0; i < taken; i++) this.#shuffled?.next();
  }

  get isOver(): boolean {
    return this.position === this.#order.numBatches;
  }

  next(): Uint32Array {
    const { numExamples, batchSize, shuffle, generator } = this.#order.options;
    // Not before the first batch: PyTorch's sampler draws its seed there, and something else may draw in between.
    if (shuffle && !this.#shuffled) this.#shuffle(Number(BigInt.asUintN(32, generator.random64())));
    const start = this.position++ * batchSize;
    const examples = new Uint32Array(Math.min(batchSize, numExamples - start));
    for (let i = 0; i < examples.length; i++) examples[i] = this.#shuffled?.next() ?? start + i;
    return examples;
  }

  #shuffle(seed: number): void {
    this.orderSeed = seed;
    this.#shuffled = new ShuffledOrder(this.#order.options.numExamples, seed);
  }
}

function checkState(order: BatchOrder, from: CursorState): void {
  const { numExamples, batchSize, shuffle } = order.options;
  if (numExamples !== from.numExamples || batchSize !== from.batchSize) {
    throw new UserError(
      `resume: expected ${from.numExamples} examples in batches of ${from.batchSize}, got ${numExamples} ` +
        `in batches of ${batchSize}. Resume with the same data and sizes.`,
    );
  }
  if (
    from.position > order.numBatches ||
    (from.orderSeed !== null) !== (shuffle && from.position > 0)
  ) {
    throw new UserError(
      `resume: expected a place in ${order.numBatches} ${shuffle ? "shuffled" : "ordered"} batches, got ` +
        `${JSON.stringify(from)}. Resume with the same options.`,
    );
  }
}
