import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { boxMuller16 } from "./box-muller-float32.ts";

// Hashes of what test/vectors/normal-kernel.c computes in C with the processor's fused multiply-add.
const hardware = {
  radius: "88bdc07f060915411482e9b2ad8b371868cdd1af288cf6919cde64fc97babecd",
  cos: "0159be50a0cb9ad5d1e32bf5a361bd792fd09b17bdcf5b000e8a4fe4638cde4d",
  sin: "cf51824cdb98f1c2f535f4cc1c24ce27ce429632ece60d42249e211f555b8dca",
};

const count = 2 ** 24;

/** Feeds every uniform value k / 2^24 through the half of the block that `place` gives it and hashes what comes out. */
function hashOfAll(place: (block: Float32Array, j: number, x: number) => void, outAt: 0 | 8) {
  const hash = createHash("sha256");
  const block = new Float32Array(16);
  const chunk = new Float32Array(2 ** 16);
  for (let k = 0; k < count; k += 8) {
    for (let j = 0; j < 8; j++) place(block, j, (k + j) / count);
    boxMuller16(block, 0, 0, 1);
    chunk.set(block.subarray(outAt, outAt + 8), k % chunk.length);
    if ((k + 8) % chunk.length === 0) hash.update(chunk);
  }
  return hash.digest("hex");
}

test("the radius equals fused hardware arithmetic for all 2^24 uniform values", () => {
  const atAngleZero = (block: Float32Array, j: number, x: number) => {
    block[j] = x;
    block[j + 8] = 0;
  };
  expect(hashOfAll(atAngleZero, 0)).toBe(hardware.radius);
});

test("cosine and sine equal fused hardware arithmetic for all 2^24 angles", () => {
  const atRadiusOne = (block: Float32Array, j: number, x: number) => {
    block[j] = 6601320 / count; // the one uniform value whose radius is exactly 1
    block[j + 8] = x;
  };
  expect(hashOfAll(atRadiusOne, 0)).toBe(hardware.cos);
  expect(hashOfAll(atRadiusOne, 8)).toBe(hardware.sin);
});
