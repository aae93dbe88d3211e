/** What the book prints and what depends on random numbers alone, here down to the last printed digit. */

import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { dataLoaderOrder, dropoutMask, embedding, Generator, linearWeight } from "./index.ts";
import type { Initializer } from "./index.ts";

function draw(seed: number, shape: readonly [number, number], initialize: Initializer) {
  const out = new Float32Array(shape[0] * shape[1]);
  initialize(new Generator(seed), out, shape);
  return out;
}

const rows = (values: Float32Array, width: number) =>
  Array.from({ length: values.length / width }, (_, i) => [
    ...values.subarray(i * width, (i + 1) * width),
  ]);
const rounded = (values: readonly number[]) => values.map((value) => Number(value.toFixed(4)));

test("chapter 2.7: the embedding of six tokens in three dimensions", () => {
  const weight = rows(draw(123, [6, 3], embedding), 3).map(rounded);
  expect([2, 3, 5, 1].map((id) => weight[id])).toEqual([
    [1.2753, -0.201, -0.1606],
    [-0.4015, 0.9666, -1.1481],
    [-2.84, -0.7849, -1.4096],
    [0.9178, 1.581, 1.301],
  ]);
});

test("chapter 3.5: dropout with rate 0.5 on 6 x 6 ones", () => {
  const mask = new Float32Array(36);
  dropoutMask(new Generator(123), mask, 0.5);
  expect(rows(mask, 6)).toEqual([
    [2, 2, 0, 2, 2, 0],
    [0, 0, 0, 2, 0, 2],
    [2, 2, 2, 2, 0, 2],
    [0, 2, 2, 0, 0, 2],
    [0, 2, 0, 2, 0, 2],
    [0, 2, 2, 2, 2, 0],
  ]);
});

const logits = [4.51, 0.89, -1.9, 6.75, 1.63, -1.62, -1.89, 6.28, 1.79];

function softmax(temperature: number): Float32Array {
  const powers = logits.map((logit) => Math.exp(logit / temperature));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return Float32Array.from(powers, (power) => power / total);
}

test("chapter 5.3: one draw from the toy vocabulary is 'forward'", () => {
  expect([...new Generator(123).multinomial(softmax(1), 1)]).toEqual([3]);
});

test.each([
  [1, [73, 0, 0, 582, 2, 0, 0, 343, 0]],
  [0.1, [0, 0, 0, 985, 0, 0, 0, 15, 0]],
  [5, [165, 75, 42, 239, 71, 46, 32, 227, 103]],
])("chapter 5.3: the counts of 1,000 draws at temperature %s", (temperature, expected) => {
  const generator = new Generator(123);
  const counts = logits.map(() => 0);
  for (let i = 0; i < 1000; i++) counts[generator.multinomial(softmax(temperature), 1)[0]]++;
  expect(counts).toEqual(expected);
});

test("appendix A.5: the corners of the first layer's weight", () => {
  const weight = rows(draw(123, [30, 50], linearWeight), 50);
  const corners = [0, 1, 2, 27, 28, 29].map((i) => [
    rounded(weight[i].slice(0, 3)),
    rounded(weight[i].slice(-3)),
  ]);
  expect(corners).toEqual([
    [
      [-0.0577, 0.0047, -0.0702],
      [0.0222, 0.126, 0.0865],
    ],
    [
      [0.0502, 0.0307, 0.0333],
      [0.0951, 0.1134, -0.0297],
    ],
    [
      [0.1077, -0.1108, 0.0122],
      [0.0108, -0.1049, -0.1063],
    ],
    [
      [-0.0787, 0.1259, 0.0803],
      [0.1218, 0.1303, -0.1351],
    ],
    [
      [0.1359, 0.0175, -0.0673],
      [0.0674, 0.0676, 0.1058],
    ],
    [
      [0.079, 0.1343, -0.0293],
      [0.0344, -0.0971, -0.0509],
    ],
  ]);
});

test("appendix A.6: two shuffled epochs of five samples without seeding in between", () => {
  const generator = new Generator(123);
  const epoch = () => [...dataLoaderOrder(generator, 5, { shuffle: true })];
  expect(epoch()).toEqual([3, 1, 0, 2, 4]);
  expect(epoch().slice(0, 4)).toEqual([0, 2, 3, 1]);
});

const sha256 = (values: Float32Array) => createHash("sha256").update(values).digest("hex");

test("GPT-2's token embedding, 50257 x 768, is PyTorch's to the bit", () => {
  expect(sha256(draw(123, [50257, 768], embedding))).toBe(
    "99b85c97e338a1bfdb0129a0664e168e818194dfb40b92f42d89ed9d7132ea19",
  );
});

test("GPT-2's output head, 50257 x 768, is PyTorch's to the bit", () => {
  expect(sha256(draw(123, [50257, 768], linearWeight))).toBe(
    "4519d8cb9d8a9bb2ea6599ac1b5c2965dc6e3550a0a9e9f88edb47486adcc8ff",
  );
});
