import { expect, test } from "vitest";
import { progressLine } from "./progress-line.ts";

const report = {
  ...{ step: 1200, totalSteps: 5000, loss: 2.34567, learningRate: 0.0003, gradientNorm: 1 },
  ...{ tokensPerSecond: 41234.5, remainingMs: 125_000 },
};
const progress = { report, validationLoss: 2.5 };

test("everything is there when there is room", () => {
  expect(progressLine(progress)).toBe(
    "step 1,200/5,000  loss 2.346  val 2.500  lr 3.0e-4  41,235 tokens/s  2:05 left",
  );
});

test("a narrow window gets what matters most", () => {
  expect(progressLine(progress, 70)).toBe(
    "step 1,200/5,000  loss 2.346  val 2.500  41,235 tokens/s  2:05 left",
  );
  expect(progressLine(progress, 30)).toBe("step 1,200/5,000  loss 2.346");
  for (let columns = 1; columns < 90; columns++) {
    expect(progressLine(progress, columns).length).toBeLessThanOrEqual(columns);
  }
});

test("what is not known yet is a dash", () => {
  const line = progressLine({ report: { ...report, remainingMs: NaN }, validationLoss: undefined });
  expect(line).toContain("val –");
  expect(line).toContain("– left");
});
