import { expect, test } from "vitest";
import { formatBytes, formatCount, formatDuration, formatShort } from "./number-format.ts";

test("numbers are short and the same in every language", () => {
  expect(formatCount(1234567.4)).toBe("1,234,567");
  expect([12, 1500, 124_439_808, 1.5e13].map(formatShort)).toEqual([
    "12",
    "1.5 k",
    "124 M",
    "15 T",
  ]);
  expect([12, 497_759_232].map(formatBytes)).toEqual(["12 B", "498 MB"]);
});

test("durations are minutes and seconds, with hours where there are any", () => {
  expect([0, 7400, 125_000, 3_723_000, NaN].map(formatDuration)).toEqual([
    ...["0:00", "0:07", "2:05", "1:02:03", "–"],
  ]);
});
