import { expect, test } from "vitest";
import { braillePlot } from "./braille-plot.ts";

const size = { width: 16, height: 3 };

/** Dots that are set, as `column,row`; by Unicode's numbering, dots 1 2 3 7 are the left column from above, 4 5 6 8 the right one. */
function dotsOf(lines: readonly string[]): Set<string> {
  const numbering = [1, 2, 3, 7, 4, 5, 6, 8];
  const dots = new Set<string>();
  for (const [line, text] of lines.entries()) {
    for (const [cell, character] of [...text.slice(text.indexOf("┤") + 1)].entries()) {
      const bits = character.codePointAt(0)! - 0x2800;
      numbering.forEach((dot, at) => {
        if (bits & (1 << (dot - 1))) dots.add(`${cell * 2 + (at >> 2)},${line * 4 + (at & 3)}`);
      });
    }
  }
  return dots;
}

test("a falling line goes from the upper left to the lower right, between labelled axes", () => {
  const points = Array.from({ length: 20 }, (_, i) => [i, 19 - i] as const);
  const lines = braillePlot([{ name: "a", points }], size); // at least 10 cells: 20 columns of dots, 12 rows
  expect(lines.map((line) => line.slice(0, 7))).toEqual([
    ...["19.00 ┤", " 9.50 ┤", " 0.00 ┤", "       "],
  ]);
  expect(lines[3]).toBe("       0       19");
  const expected = points.map(([x]) => `${x},${Math.round((x * 11) / 19)}`);
  expect([...dotsOf(lines.slice(0, 3))].sort()).toEqual(expected.sort());
});

test("markers stand where their points are, in place of dots", () => {
  const line = {
    name: "line",
    points: [
      [0, 1],
      [10, 1],
      [20, 0],
    ] as const,
  };
  const marks = { name: "marks", points: [[20, 0]] as const, marker: "o" };
  const lines = braillePlot([line, marks], size);
  expect(lines[2].endsWith("o")).toBe(true);
  expect(lines.join("").split("o")).toHaveLength(2);
});

test("a level line, a single point and no points are drawn as far as they can be", () => {
  expect(
    braillePlot(
      [
        {
          name: "a",
          points: [
            [1, 2],
            [5, 2],
          ],
        },
      ],
      size,
    ),
  ).toHaveLength(4);
  expect(braillePlot([{ name: "a", points: [[1, 2]] }], size)).toHaveLength(4);
  expect(braillePlot([{ name: "a", points: [[1, NaN]] }], size)).toEqual([]);
});
