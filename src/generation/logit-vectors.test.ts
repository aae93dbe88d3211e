/** The kernels against the same in plain JavaScript, at lengths that fill no group and no stretch. */
import { expect, test } from "vitest";
import { Generator } from "../random/index.ts";
import { firstLargest } from "./candidates.ts";
import { logSumExp } from "./log-probabilities.ts";
import { groupLength } from "./logit-kernels.ts";
import { massOf, maximaOf } from "./logit-vectors.ts";

test.each([1, 63, 64, 65, 4095, 4096, 4097, 10_000])("%i logits", (n) => {
  const logits = new Float32Array(n);
  new Generator(n).normal(logits, { std: 12 });
  const maxima = Array.from({ length: Math.ceil(n / groupLength) }, (_, group) =>
    Math.max(...logits.subarray(group * groupLength, (group + 1) * groupLength)),
  );
  expect([...maximaOf(logits, n)]).toEqual(maxima);
  const largest = Math.max(...maxima);
  for (const temperature of [0.1, 1, 7]) {
    const exact = logits.reduce((sum, x) => sum + Math.exp((x - largest) / temperature), 0);
    const mass = massOf(logits, n, { largest, temperature });
    expect(Math.abs(mass / exact - 1)).toBeLessThan(1e-6); // float32 exponentials, summed in float64
  }
  const exact = logits.reduce((sum, x) => sum + Math.exp(x - largest), 0);
  expect(logSumExp(logits)).toBeCloseTo(largest + Math.log(exact), 5);
});

test("the first of the largest is found, among −∞ and what is no number, and none where there is none", () => {
  const logits = new Float32Array(300).fill(-Infinity);
  expect(firstLargest(logits)).toBe(-1);
  logits[100] = NaN;
  logits[120] = logits[299] = -3;
  expect(firstLargest(logits)).toBe(120);
  logits[200] = 5;
  expect(firstLargest(logits)).toBe(200);
});
