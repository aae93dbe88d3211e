import { describe, expect, test } from "vitest";
import { dimension } from "../dimensions.ts";
import { fittings, valueAt } from "./length-polynomial.ts";
import type { Polynomial } from "./length-polynomial.ts";

const dimensions = [dimension("B", 5), dimension("T", 7), dimension("N", 6), dimension("S", 11)];
const [apart, onGrid] = fittings;

const find = (fitting: (typeof fittings)[number], truth: Polynomial) => {
  const points = fitting.points(dimensions);
  return fitting.fit(
    points.map((sizes) => valueAt(truth, sizes)),
    points,
    dimensions,
  );
};

describe.each([
  [new Map([["", 64]])],
  [new Map([["", -1]])],
  [new Map([["S", 1]])],
  [new Map([["B T", 12]])],
  [new Map([["B T N S", 3]])],
  [
    new Map([
      ["", 1],
      ["T", 1],
      ["S", 1],
    ]),
  ],
  [
    new Map([
      ["", -4],
      ["B S", 2],
      ["N", 3],
    ]),
  ],
  [new Map<string, number>()],
])("%o", (truth) => {
  test.each([
    ["few points", apart],
    ["a grid", onGrid],
  ])("is found from %s", (_, fitting) => {
    const sorted = (polynomial: Polynomial | undefined) => [...(polynomial ?? [])].sort();
    expect(sorted(find(fitting, truth))).toEqual(sorted(truth));
  });
});

test("a name in two products needs the grid, which is larger", () => {
  const truth = new Map([
    ["B", -1],
    ["B T", 1],
    ["T S", 2],
  ]);
  expect(find(apart, truth)).toBeUndefined();
  expect(new Map([...find(onGrid, truth)!].sort())).toEqual(truth);
  expect(apart.points(dimensions).length).toBe(7);
  expect(onGrid.points(dimensions).length).toBe(17);
});

test("what is no polynomial is told from one", () => {
  for (const fitting of fittings) {
    const points = fitting.points(dimensions);
    const squares = points.map(({ T }) => T * T);
    expect(fitting.fit(squares, points, dimensions)).toBeUndefined();
  }
});
