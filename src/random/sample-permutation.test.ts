import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { samplePermutation } from "./index.ts";

// From NumPy 2.4: sha256(numpy.random.RandomState(seed).permutation(n).astype("<u4").tobytes())
test.each([
  [1, 5, "df3f619804a92fdb4057192dc43dd748ea778adc52bc498ce80524c014b81119"],
  [2, 0, "7c9fa136d4413fa6173637e883b6998d32e1d675f88cddff9dcbcf331820f4b8"],
  [4825, 123, "d6f13cffbe347f40a6fbc18e92bd12704b071bdead317fb78ac27aa9caef1f56"],
  [5572, 123, "28d93b1d74d0b7215635fb51e3ae391479bc339613fc4b17e1957537c8d6ed47"],
  [65537, 2 ** 32 - 1, "39d7b81cd167ffcef0b0e6ecda5433c988a9f07da07e551efdf9bd8b996a3a4c"],
])("%s rows with seed %s come in NumPy's order", (n, seed, expected) => {
  expect(createHash("sha256").update(samplePermutation(n, seed)).digest("hex")).toBe(expected);
});

test("ten rows with seed 123 are the ten numbers that NumPy prints", () => {
  expect([...samplePermutation(10, 123)]).toEqual([4, 0, 7, 5, 8, 3, 1, 6, 9, 2]);
});
