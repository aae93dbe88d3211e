import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { constant, dropoutMask, Generator, normalInit, uniformInit } from "./index.ts";

function normals(generator: Generator, count: number): Float32Array {
  const out = new Float32Array(count);
  generator.normal(out);
  return out;
}

test("a second normal that was left over comes first in the next small fill", () => {
  const whole = normals(new Generator(1), 10);
  const generator = new Generator(1);
  expect([...normals(generator, 3), ...normals(generator, 7)]).toEqual([...whole]);
});

test("a fill of 16 or more neither takes nor drops the normal that was left over", () => {
  const generator = new Generator(1);
  const leftOver = normals(new Generator(1), 2)[1];
  normals(generator, 1);
  expect(normals(generator, 16)).not.toContain(leftOver);
  expect(normals(generator, 1)[0]).toBe(leftOver);
});

test("seeding forgets the normal that was left over", () => {
  const generator = new Generator(1);
  normals(generator, 1);
  generator.seed(1);
  expect(normals(generator, 5)).toEqual(normals(new Generator(1), 5));
});

test("a saved state does not change when the generator goes on", () => {
  const generator = new Generator(1);
  normals(generator, 700);
  const state = generator.state();
  const next = normals(generator, 700);
  generator.restore(state);
  expect(normals(generator, 700)).toEqual(next);
});

test("a state survives lying at an odd offset in a file", () => {
  const generator = new Generator(1);
  normals(generator, 5);
  const file = new Uint8Array(6000);
  file.set(generator.state(), 3);
  const resumed = new Generator(2);
  resumed.restore(file.subarray(3, 3 + generator.state().length));
  expect(normals(resumed, 20)).toEqual(normals(generator, 20));
});

test("a damaged state is refused, and the generator goes on as before", () => {
  const generator = new Generator(1);
  for (const bytes of [generator.state().subarray(1), new Uint8Array(5056), new Uint8Array(0)]) {
    expect(() => generator.restore(bytes)).toThrow(UserError);
  }
  expect(normals(generator, 3)).toEqual(normals(new Generator(1), 3));
});

test("only the low 32 bits of a seed matter, and -1 is 2^64 - 1", () => {
  expect(normals(new Generator(2 ** 32 + 9), 3)).toEqual(normals(new Generator(9), 3));
  expect(normals(new Generator(-1), 3)).toEqual(normals(new Generator(2n ** 64n - 1n), 3));
});

test("arguments that no generator can follow are refused", () => {
  const generator = new Generator(1);
  const out = new Float32Array(3);
  expect(() => new Generator(1.5)).toThrow("seed: expected a whole number below 2^53, got 1.5");
  expect(() => generator.uniform(out, { from: 2, to: 1 })).toThrow(RangeError);
  expect(() => generator.normal(out, { std: -1 })).toThrow(RangeError);
  expect(() => generator.randint(out, 3, 3)).toThrow(RangeError);
  expect(() => generator.bernoulli(out, 1.1)).toThrow(RangeError);
  expect(() => generator.bernoulli(out, new Float32Array(2))).toThrow(RangeError);
  expect(() => generator.multinomial(Float32Array.of(0, 1), 2)).toThrow(RangeError);
  expect(() => generator.multinomial(Float32Array.of(NaN, 1), 1)).toThrow(RangeError);
  expect(() => dropoutMask(generator, out, NaN)).toThrow(RangeError);
});

test("refused arguments and empty fills draw nothing", () => {
  const generator = new Generator(1);
  expect(() => generator.bernoulli(new Float32Array(3), -1)).toThrow();
  generator.normal(new Float32Array(0));
  generator.uniform(new Float64Array(0));
  expect(normals(generator, 3)).toEqual(normals(new Generator(1), 3));
});

test("initializers take their numbers from the generator", () => {
  const out = new Float32Array(20);
  const drawn = new Float32Array(20);
  const generator = new Generator(1);
  const twin = new Generator(1);
  normalInit(0.02)(generator, out, [4, 5]);
  twin.normal(drawn, { std: 0.02 });
  expect(out).toEqual(drawn);
  uniformInit(-2, 3)(generator, out, [4, 5]);
  twin.uniform(drawn, { from: -2, to: 3 });
  expect(out).toEqual(drawn);
  constant(7)(generator, out, [4, 5]);
  expect(out).toEqual(new Float32Array(20).fill(7));
  expect(generator.state()).toEqual(twin.state());
});
