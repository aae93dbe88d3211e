import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { Generator } from "../random/index.ts";
import { greedy, sampler } from "./sampler.ts";
import { samplerFrom } from "./sampling-options.ts";
import { temperature, topK } from "./truncation.ts";

// The nine logits of the book's section 5.3; the draws below were made with torch 2.13:
// torch.manual_seed(123); [torch.multinomial(torch.softmax(logits, -1), 1).item() for _ in range(1000)]
const logits = Float32Array.of(4.51, 0.89, -1.9, 6.75, 1.63, -1.62, -1.89, 6.28, 1.79);

function countDraws(choose: (logits: Float32Array) => number): number[] {
  const counts = new Array<number>(logits.length).fill(0);
  for (let i = 0; i < 1000; i++) counts[choose(logits)]++;
  return counts;
}

test("greedy takes the first of the largest logits", () => {
  expect(greedy(logits)).toBe(3);
  expect(greedy(Float32Array.of(1, 2, 2))).toBe(1);
});

test("sampling draws the tokens that torch.multinomial draws for a seed", () => {
  expect(countDraws(sampler([], new Generator(123)))).toEqual([73, 0, 0, 582, 2, 0, 0, 343, 0]);
  expect(countDraws(sampler([temperature(5)], new Generator(123)))).toEqual([
    165, 75, 42, 239, 71, 46, 32, 227, 103,
  ]);
  expect(countDraws(sampler([topK(3)], new Generator(123)))).toEqual([
    73, 0, 0, 583, 0, 0, 0, 344, 0,
  ]);
});

test("top-k leaves the caller's logits alone and rules out the rest", () => {
  const before = logits.slice();
  const counts = countDraws(sampler([topK(2)], new Generator(1)));
  expect(counts.every((count, id) => count === 0 || id === 3 || id === 7)).toBe(true);
  expect(logits).toEqual(before);
});

test("options that make no sense are errors that say so", () => {
  expect(() => temperature(-1)).toThrow(UserError);
  expect(() => topK(0)).toThrow("top-k: expected a whole number above 0, got 0.");
  expect(samplerFrom({ temperature: 0 }, new Generator(1))).toBe(greedy);
});
