/** Expected values: chapters 2.6 and 5.1 of *Build a Large Language Model (From Scratch)*. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { Generator } from "../random/index.ts";
import { Batches, type BatchOptions } from "./batches.ts";
import { splitText, splitTokens } from "./split.ts";
import { MemoryTokens, sliceTokens } from "./token-source.ts";
import { Windows, type WindowOptions } from "./windows.ts";

// GPT-2's ids of the start of The Verdict, from tiktoken 0.12.
const verdict = [
  40, 367, 2885, 1464, 1807, 3619, 402, 271, 10899, 2138, 257, 7026, 15632, 438, 2016, 257, 922, 5891, 1576, 438,
  568, 340, 373, 645, 1049, 5975, 284, 502, 284, 3285, 326, 11, 287, 262, 6001, 286, 465, 13476, 11, 339, 550, 5710,
  465, 12036, 11, 6405, 257, 5527, 27075, 11, 290, 4920, 2241, 287, 257,
]; // prettier-ignore

function rows(values: Int32Array, blockSize: number): number[][] {
  return Array.from({ length: values.length / blockSize }, (_, row) =>
    Array.from(values.subarray(row * blockSize, (row + 1) * blockSize)),
  );
}

function loader(ids: ArrayLike<number>, options: WindowOptions & Omit<BatchOptions, "generator">) {
  const windows = new Windows(new MemoryTokens(ids), options);
  return new Batches(windows, { ...options, generator: new Generator(123) });
}

test("2.6: a context of 4 after 50 tokens, and its target", () => {
  const windows = new Windows(new MemoryTokens(verdict), { blockSize: 4, stride: 1 });
  const [inputs, targets] = [new Int32Array(4), new Int32Array(4)];
  windows.read(50, inputs, targets);
  expect([...inputs]).toEqual([290, 4920, 2241, 287]);
  expect([...targets]).toEqual([4920, 2241, 287, 257]);
});

test("2.6: batches of one window, stride 1", () => {
  const [first, second] = loader(verdict, { batchSize: 1, blockSize: 4, stride: 1 });
  expect([...first.inputs]).toEqual([40, 367, 2885, 1464]);
  expect([...first.targets]).toEqual([367, 2885, 1464, 1807]);
  expect([...second.inputs]).toEqual([367, 2885, 1464, 1807]);
  expect([...second.targets]).toEqual([2885, 1464, 1807, 3619]);
});

test("2.6: a batch of eight windows, stride 4", () => {
  const [batch] = loader(verdict, { batchSize: 8, blockSize: 4, stride: 4 });
  expect(rows(batch.inputs, 4)).toEqual([
    [40, 367, 2885, 1464], [1807, 3619, 402, 271], [10899, 2138, 257, 7026], [15632, 438, 2016, 257],
    [922, 5891, 1576, 438], [568, 340, 373, 645], [1049, 5975, 284, 502], [284, 3285, 326, 11],
  ]); // prettier-ignore
});

test("exercise 2.2: other lengths and strides", () => {
  const [short] = loader(verdict, { batchSize: 4, blockSize: 2, stride: 2 });
  expect(rows(short.inputs, 2)).toEqual([
    [40, 367],
    [2885, 1464],
    [1807, 3619],
    [402, 271],
  ]);
  const [long] = loader(verdict, { batchSize: 4, blockSize: 8, stride: 2 });
  expect(rows(long.inputs, 8)).toEqual([
    [40, 367, 2885, 1464, 1807, 3619, 402, 271],
    [2885, 1464, 1807, 3619, 402, 271, 10899, 2138],
    [1807, 3619, 402, 271, 10899, 2138, 257, 7026],
    [402, 271, 10899, 2138, 257, 7026, 15632, 438],
  ]);
});

test("5.1: the story's parts make nine training batches and one validation batch", () => {
  // 4,612 and 534 tokens: what tiktoken gives for the first 90 % of the characters and the rest.
  const training = loader(new Uint16Array(4612), {
    batchSize: 2,
    blockSize: 256,
    shuffle: true,
    dropLast: true,
  });
  const validation = loader(new Uint16Array(534), { batchSize: 2, blockSize: 256 });
  const served = (batches: Batches) => Array.from(batches, ({ inputs }) => inputs.length);
  expect(served(training)).toEqual(new Array(9).fill(2 * 256));
  expect(served(validation)).toEqual([2 * 256]);
});

test("there are as many windows as the book's range has elements", () => {
  const size = fc.integer({ min: 1, max: 20 });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 200 }), size, size, (length, blockSize, stride) => {
      fc.pre(length > blockSize);
      const starts = [];
      for (let start = 0; start < length - blockSize; start += stride) starts.push(start);
      const ids = Int32Array.from({ length }, (_, i) => i);
      const batches = loader(ids, { blockSize, stride, batchSize: 3 });
      const seen = [...batches].flatMap(({ inputs }) => rows(inputs, blockSize));
      expect(seen).toEqual(starts.map((start) => [...ids.subarray(start, start + blockSize)]));
      const next = [...batches].flatMap(({ targets }) => [...targets]);
      expect(next).toEqual(seen.flat().map((id) => id + 1));
    }),
  );
});

test("a shuffled epoch holds every window once", () => {
  const ids = Int32Array.from({ length: 101 }, (_, i) => i);
  const batches = loader(ids, { blockSize: 10, stride: 10, batchSize: 3, shuffle: true });
  const seen = [...batches].flatMap(({ inputs }) => [...inputs]);
  expect(seen).not.toEqual([...ids.subarray(0, 100)]);
  expect(seen.sort((a, b) => a - b)).toEqual([...ids.subarray(0, 100)]);
});

test("a cursor writes over a batch that has the right size, and only that", () => {
  const cursor = loader(verdict, { blockSize: 4, batchSize: 5 }).cursor(); // 13 windows: 5, 5, 3
  const first = cursor.next();
  const second = cursor.next(first);
  expect(second).toBe(first);
  expect(second.inputs[0]).toBe(verdict[20]);
  const third = cursor.next(second);
  expect([third.batchSize, third.inputs.length, third.blockSize]).toEqual([3, 12, 4]);
  expect(cursor.state()).toMatchObject({ epoch: 1, position: 3 });
});

test("too few tokens for a window is an error that names both numbers", () => {
  expect(() => new Windows(new MemoryTokens([1, 2, 3, 4]), { blockSize: 4 })).toThrow(
    "windows: expected at least 5 tokens (blockSize 4 and the one after), got 4. " +
      "Use more text or a smaller blockSize.",
  );
  expect(new Windows(new MemoryTokens([1, 2, 3, 4, 5]), { blockSize: 4 }).length).toBe(1);
});

test.each([0, -1, 1.5, Number.NaN])("a size of %s is an error", (size) => {
  const tokens = new MemoryTokens(verdict);
  expect(() => new Windows(tokens, { blockSize: size })).toThrow("blockSize: expected");
  expect(() => new Windows(tokens, { blockSize: 4, stride: size })).toThrow("stride: expected");
});

test("a split is at the rounded-down fraction", () => {
  const ids = Int32Array.from({ length: 99 }, (_, i) => i);
  const { training, validation } = splitTokens(new MemoryTokens(ids), 0.9, { blockSize: 4 });
  expect([training.length, validation.length]).toEqual([89, 10]);
  const out = new Int32Array(2);
  validation.read(8, 2, out);
  expect([...out]).toEqual([97, 98]);
  expect(() => training.read(88, 2, out)).toThrow(RangeError);
});

test("each part of a split must hold a window", () => {
  const tokens = new MemoryTokens(new Uint16Array(99));
  expect(() => splitTokens(tokens, 0.9, { blockSize: 10 })).toThrow(
    "validation part of 99 tokens, split at 0.9: expected at least 11 tokens (blockSize 10 and the one after), got 10.",
  );
  expect(() => splitTokens(tokens, 0.05, { blockSize: 10 })).toThrow("training part of 99 tokens");
  expect(() => splitTokens(tokens, 1, { blockSize: 10 })).toThrow(UserError);
});

test("a text is split by characters, not by UTF-16 units", () => {
  expect(splitText("🐳🐳🐳ab", 0.5)).toEqual({ training: "🐳🐳", validation: "🐳ab" });
});

test("a slice of a slice reads the right tokens", () => {
  const slice = sliceTokens(sliceTokens(new MemoryTokens(verdict), 2, 20), 3, 8);
  const out = new Int32Array(5);
  slice.read(0, 5, out);
  expect([...out]).toEqual(verdict.slice(5, 10));
});
