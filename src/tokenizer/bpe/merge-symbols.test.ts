import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadEncoding } from "../openai/load-encoding.ts";
import { mergeLong } from "./merge-long.ts";
import { mergeSymbols } from "./merge-symbols.ts";
import { type MergeRule, MergeTable } from "./merges.ts";

const { merges, tokens } = (await loadEncoding("gpt2")).parts;
const byteIds = tokens.byteIds();

function symbolsOf(text: string): Int32Array {
  return Int32Array.from(new TextEncoder().encode(text), (byte) => byteIds[byte]);
}

type Merge = typeof mergeSymbols;
function merged(text: string, merge: Merge, rule: MergeRule = merges): number[] {
  const symbols = symbolsOf(text);
  return [...symbols.subarray(0, merge(symbols, symbols.length, rule))];
}

/** The definition: look for the lowest rank again after every merge. */
const mergeByDefinition: Merge = (symbols, length, rule) => {
  const list = [...symbols.subarray(0, length)];
  for (;;) {
    const ranks = list.slice(1).map((right, i) => rule.rankOf(list[i], right));
    const lowest = Math.min(...ranks.filter((rank) => rank >= 0));
    if (lowest === Infinity) break;
    list.splice(ranks.indexOf(lowest), 2, rule.merged(lowest));
  }
  symbols.set(list);
  return list.length;
};

test("short and long sequences merge as the definition says", () => {
  const text = fc.string({ unit: fc.constantFrom(..."aehnstiou .ABC1你好"), maxLength: 150 });
  fc.assert(
    fc.property(text, (text) => {
      const expected = merged(text, mergeByDefinition);
      expect(merged(text, mergeSymbols)).toEqual(expected);
      expect(merged(text, mergeLong)).toEqual(expected);
    }),
  );
});

describe("the work for long pieces is linear", () => {
  let seed = 1;
  const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
  const repeated = (character: () => string) => (length: number) =>
    Array.from({ length }, character).join("");

  test.each([
    ["one letter", repeated(() => "a")],
    ["spaces", repeated(() => " ")],
    ["random letters", repeated(() => String.fromCharCode(97 + random(26)))],
    ["Han", repeated(() => String.fromCharCode(0x4e00 + random(3000)))],
  ])("%s", (_what, textOf) => {
    const [once, twice] = [20_000, 40_000].map((length) => {
      let looks = 0;
      const rankOf = (left: number, right: number) => (looks++, merges.rankOf(left, right));
      merged(textOf(length), mergeSymbols, { rankOf, merged: (rank) => merges.merged(rank) });
      return looks;
    });
    expect(twice).toBeLessThan(2.1 * once);
    expect(once).toBeLessThan(3 * 3 * 20_000); // three looks for each byte
  });
});

test("a pair that a list names twice has its first rank", () => {
  const table = new MergeTable([1, 2, 1], [2, 3, 2], [4, 5, 6]);
  expect(table.rankOf(1, 2)).toBe(0);
  expect(table.rankOf(2, 3)).toBe(1);
  expect(table.rankOf(3, 2)).toBe(-1);
  expect([...table.entries()]).toEqual([
    [1, 2, 4],
    [2, 3, 5],
  ]);
});
