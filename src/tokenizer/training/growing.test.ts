import fc from "fast-check";
import { expect, test } from "vitest";
import { withRoom } from "./growing.ts";

const kinds = [Uint8Array, Uint16Array, Uint32Array, Int32Array, Float64Array];

test.each(kinds)("%o keeps its items, small and large, and what is new is 0", (kind) => {
  let array: InstanceType<(typeof kinds)[number]> = new kind(8).fill(7);
  for (let length = 9; length < 3_000_000; length = 2 * array.length) {
    const before = array.length;
    array = withRoom(array, length);
    expect(array.length).toBeGreaterThanOrEqual(length);
    expect([array[0], array[before - 1], array[before], array.at(-1)]).toEqual([7, 7, 0, 0]);
    array.fill(7);
  }
});

test("an array that is long enough stays", () => {
  fc.assert(
    fc.property(fc.nat(100), fc.nat(100), (a, b) => {
      const array = new Float64Array(Math.max(a, b));
      expect(withRoom(array, Math.min(a, b))).toBe(array);
    }),
  );
});
