import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { constant, warmupCosine } from "./schedule.ts";

const path = new URL("../../test/fixtures/training/schedules.json", import.meta.url);
const { book, nanoGpt } = JSON.parse(await readFile(path, "utf8")) as {
  readonly book: readonly number[];
  readonly nanoGpt: readonly number[];
};

/** Largest difference between a schedule and recorded learning rates, which differ in the order of operations. */
function difference(schedule: (step: number) => number, expected: readonly number[]): number {
  return Math.max(...expected.map((rate, step) => Math.abs(schedule(step) - rate)));
}

const bookSchedule = warmupCosine({
  peak: 0.01,
  initial: 0.0001,
  minimum: 1e-5,
  warmupSteps: 27,
  totalSteps: 135,
});

test("warm-up and decay are those of the book's appendix D", () => {
  expect(difference(bookSchedule, book)).toBeLessThan(1e-12); // the tolerance of the book's facts
});

test.each([
  [0, 0.0001],
  [1, 0.00046666666666666666],
  [26, 0.009633333333333334],
  [27, 0.01],
  [28, 0.009997886865660593],
  [80, 0.005150278170121841],
  [81, 0.005005],
  [134, 1.2113134339408007e-5],
])("the book's fact appD-D.2-lr-curve holds at step %i", (step, rate) => {
  expect(Math.abs(bookSchedule(step) - rate)).toBeLessThan(1e-12);
});

test("without an initial learning rate, warm-up and decay are those of nanoGPT", () => {
  const options = { peak: 6e-4, minimum: 6e-5, warmupSteps: 10, totalSteps: 100 };
  expect(difference(warmupCosine(options), nanoGpt)).toBeLessThan(1e-12);
});

test("without warm-up the first step has the peak rate", () => {
  expect(warmupCosine({ peak: 0.5, warmupSteps: 0, totalSteps: 4 })(0)).toBe(0.5);
});

test("a warm-up longer than the training is refused", () => {
  expect(() => warmupCosine({ peak: 1, warmupSteps: 11, totalSteps: 10 })).toThrow(
    "schedule: expected warmupSteps from 0 to totalSteps 10, got 11",
  );
});

test("a constant rate stays", () => {
  expect([0, 1, 1000].map(constant(0.25))).toEqual([0.25, 0.25, 0.25]);
});
