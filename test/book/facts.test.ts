/**
 * What Build a Large Language Model (From Scratch) prints, chapters 2, 3, 4 and appendix A: what needs nothing but a seed, and the short
 * story of chapter 2. Each is computed by our code and compared at the tolerance of its printed digits.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { appendixA, notApplicable } from "./appendix-a.ts";
import { chapter2 } from "./chapter-2.ts";
import { chapter3 } from "./chapter-3.ts";
import { chapter4 } from "./chapter-4.ts";
import { greedyIds } from "./gpt2-124m.ts";
import { differences } from "./reproduction.ts";
import type { Fact, Reproductions } from "./reproduction.ts";
import { hasVerdict } from "./verdict.ts";

const path = new URL("facts.json", import.meta.url);
const facts = JSON.parse(readFileSync(path, "utf8")) as Fact[];
const reproductions: Reproductions = {
  ...{ ...chapter2, ...chapter3, ...chapter4, ...appendixA },
};
const excused = notApplicable;

const isSkipped = ({ needs }: Fact) => needs === "verdict" && !hasVerdict;

const skipped = facts.filter(isSkipped).map(({ id }) => id);
if (skipped.length > 0) {
  console.warn(
    `SKIPPED: ${skipped.join(", ")}: SCRATCHLM_DATA names no folder with the-verdict.txt.`,
  );
}

/** GPT-2 124M on the interpreter: ten forwards, tens of seconds. */
const wholeModelMs = 300_000;

test("every fact is reproduced or excused, and nothing else is", () => {
  const known = [...Object.keys(reproductions), ...Object.keys(excused)];
  expect(known.sort()).toEqual(facts.map(({ id }) => id).sort());
});

describe.each(["ch02", "ch03", "ch04", "appA"])("%s", (chapter) => {
  const own = facts.filter((fact) => fact.chapter === chapter && !(fact.id in excused));
  test.for(own)("$section: $what", { timeout: wholeModelMs }, async (fact, { skip }) => {
    if (isSkipped(fact)) skip();
    expect(differences(fact, await reproductions[fact.id]())).toEqual([]);
  });
});

test("ONNX Runtime says the same ten ids with GPT-2 124M", { timeout: wholeModelMs }, async () => {
  const fact = facts.find(({ id }) => id === "ch04-test-greedy10")!;
  expect(differences(fact, [await greedyIds("onnx", 10)])).toEqual([]);
});

test("a value that is off, too short, or no number is told apart", () => {
  const fact = { ...facts[0], expected: [[1, "...", 3], "-inf"], tolerance: { abs: 0.1 } };
  expect(differences(fact, [[1.05, 7, 8, 3], -Infinity])).toEqual([]);
  expect(differences(fact, [[1.2, 7, 8, 3], -3e38])).toEqual([
    "[0][0]: expected 1, got 1.2",
    "[1]: expected -inf, got -3e+38",
  ]);
  expect(differences(fact, [[1, 7, NaN]])).toEqual([": expected 2 items, got 1 items"]);
  expect(differences(fact, [[1, 7, NaN], -Infinity])).toEqual(["[0][2]: expected 3, got NaN"]);
});
