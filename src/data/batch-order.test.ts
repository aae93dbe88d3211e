import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { Generator } from "../random/index.ts";
import { BatchOrder, type BatchOrderOptions } from "./batch-order.ts";
import { ShuffledOrder } from "./shuffled-order.ts";

interface Case extends Omit<BatchOrderOptions, "generator"> {
  readonly seed: string;
  readonly epochs: number[][][];
  readonly nextRandom64: string;
}

const file = new URL("../../test/fixtures/data-loader/answers.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] };

const options = fc.record({
  numExamples: fc.integer({ min: 4, max: 60 }),
  batchSize: fc.integer({ min: 1, max: 4 }),
  shuffle: fc.boolean(),
  dropLast: fc.boolean(),
});

describe("PyTorch's DataLoader", () => {
  test.each(cases)(
    "seed $seed, $numExamples by $batchSize, shuffle $shuffle, drop $dropLast",
    (expected) => {
      const generator = new Generator(BigInt(expected.seed));
      const order = new BatchOrder({ ...expected, generator });
      const shortened = (batch: number[]) =>
        batch.length < 10 ? batch : [...batch.slice(0, 3), ...batch.slice(-3)];
      const epochs = expected.epochs.map(() => Array.from(order, (b) => shortened([...b])));
      expect(epochs).toEqual(expected.epochs);
      expect(order.numBatches).toBe(expected.epochs[0].length);
      expect(generator.random64()).toBe(BigInt(expected.nextRandom64));
    },
  );
});

test("appendix A.6: shuffled batches of the toy data, then of a loader that drops the last", () => {
  const X = [[-1.2, 3.1], [-0.9, 2.9], [-0.5, 2.6], [2.3, -1.1], [2.7, -1.5]]; // prettier-ignore
  const y = [0, 0, 0, 1, 1];
  const shared = { numExamples: 5, batchSize: 2, shuffle: true, generator: new Generator(123) };
  const batches = (order: BatchOrder) =>
    Array.from(order).flatMap((rows) => [
      Array.from(rows, (row) => X[row]),
      Array.from(rows, (row) => y[row]),
    ]);
  expect(batches(new BatchOrder(shared))).toEqual([
    [[2.3, -1.1], [-0.9, 2.9]], [1, 0],
    [[-1.2, 3.1], [-0.5, 2.6]], [0, 0],
    [[2.7, -1.5]], [1],
  ]); // prettier-ignore
  expect(batches(new BatchOrder({ ...shared, dropLast: true }))).toEqual([
    [[-1.2, 3.1], [-0.5, 2.6]], [0, 0],
    [[2.3, -1.1], [-0.9, 2.9]], [1, 0],
  ]); // prettier-ignore
});

test("a lazy shuffle is the whole permutation", () => {
  fc.assert(
    fc.property(fc.nat(3000), fc.nat(), (length, seed) => {
      const lazy = new ShuffledOrder(length, seed);
      const order = Array.from({ length }, () => lazy.next());
      expect(order).toEqual([...new Generator(seed).permutation(length)]);
    }),
  );
});

test("a cursor gives epoch after epoch", () => {
  fc.assert(
    fc.property(options, fc.nat(), (sizes, seed) => {
      const epochs = new BatchOrder({ ...sizes, generator: new Generator(seed) });
      const cursor = new BatchOrder({ ...sizes, generator: new Generator(seed) }).cursor();
      for (const expected of [...epochs, ...epochs, ...epochs])
        expect(cursor.next()).toEqual(expected);
    }),
  );
});

test("a resumed cursor gives the batches that would have come", () => {
  fc.assert(
    fc.property(options, fc.nat(), fc.nat(100), (sizes, seed, taken) => {
      const generator = new Generator(seed);
      const cursor = new BatchOrder({ ...sizes, generator }).cursor();
      for (let i = 0; i < taken; i++) cursor.next();

      const saved = JSON.stringify(cursor.state());
      const restored = new Generator(0);
      restored.restore(generator.state());
      const resumed = new BatchOrder({ ...sizes, generator: restored }).cursor(JSON.parse(saved));

      for (let i = 0; i < 100; i++) expect(resumed.next()).toEqual(cursor.next());
      expect(resumed.state()).toEqual(cursor.state());
      expect(restored.state()).toEqual(generator.state());
    }),
  );
});

test("the state of an epoch does not depend on the generator, which others use too", () => {
  const order = new BatchOrder({
    numExamples: 9,
    batchSize: 2,
    shuffle: true,
    generator: new Generator(1),
  });
  const cursor = order.cursor();
  cursor.next();
  const resumed = order.cursor(cursor.state());
  order.options.generator.random64(); // as dropout would
  for (let i = 1; i < order.numBatches; i++) expect(resumed.next()).toEqual(cursor.next());
});

test("resuming with other data or options is an error", () => {
  const sizes = { numExamples: 9, batchSize: 2, shuffle: true, generator: new Generator(1) };
  const cursor = new BatchOrder(sizes).cursor();
  cursor.next();
  const state = cursor.state();
  expect(() => new BatchOrder({ ...sizes, numExamples: 10 }).cursor(state)).toThrow(
    "resume: expected 9 examples in batches of 2, got 10 in batches of 2.",
  );
  expect(() => new BatchOrder({ ...sizes, shuffle: false }).cursor(state)).toThrow(UserError);
  expect(() => new BatchOrder(sizes).cursor({ ...state, position: 6 })).toThrow(UserError);
});

test("no batch at all is an error", () => {
  const generator = new Generator(1);
  expect(() => new BatchOrder({ numExamples: 3, batchSize: 4, dropLast: true, generator })).toThrow(
    "batches: expected at least 4 examples for a batch, got 3.",
  );
  expect(() => new BatchOrder({ numExamples: 3, batchSize: 0, generator })).toThrow(
    "batchSize: expected",
  );
});

test("shuffling more windows than PyTorch's method reaches is an error that says what to do", () => {
  expect(() => new ShuffledOrder(2 ** 28, 1)).toThrow("Raise the stride or do not shuffle.");
});
