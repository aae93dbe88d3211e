/**
 * Numbers that Build a Large Language Model (From Scratch) prints, chapters 2.7 to 2.8, 3, 4 and appendix A: those that need
 * nothing but a seed. Each is computed by our code and compared at the tolerance of its printed digits.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { appendixA, notApplicable } from "./appendix-a.ts";
import { chapter2 } from "./chapter-2.ts";
import { chapter3 } from "./chapter-3.ts";
import { chapter4, chapter4Texts } from "./chapter-4.ts";
import { greedyIds } from "./gpt2-124m.ts";
import { hasGpt2Vocabulary } from "./plain-bpe.ts";
import { differences } from "./reproduction.ts";
import type { Fact, Reproductions } from "./reproduction.ts";

const path = new URL("facts.json", import.meta.url);
const facts = JSON.parse(readFileSync(path, "utf8")) as Fact[];
const reproductions: Reproductions = {
  ...{ ...chapter2, ...chapter3, ...chapter4, ...appendixA },
  ...chapter4Texts,
};
const excused = notApplicable;

if (!hasGpt2Vocabulary) {
  const names = Object.keys(chapter4Texts).join(", ");
  console.warn(
    `SKIPPED: ${names}: SCRATCHLM_DATA names no folder with encoder.json and vocab.bpe.`,
  );
}
const isSkipped = ({ id }: Fact) => id in chapter4Texts && !hasGpt2Vocabulary;

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
