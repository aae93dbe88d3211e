import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  dataLoaderOrder,
  dropoutMask,
  embedding,
  Generator,
  linearBias,
  linearWeight,
} from "./index.ts";

/** A result of PyTorch 1.13: the SHA-256 of its bytes and its first values (int64 as text). */
interface Vector {
  readonly kind: string;
  readonly seed: number;
  readonly shape: readonly number[];
  readonly sha256: string;
  readonly first: readonly (number | string)[];
  readonly n: number;
  readonly p: number;
  readonly lo: number;
  readonly hi: number;
  readonly i: number;
  readonly k: number;
  readonly bs: number;
  readonly drop_last: boolean;
  readonly probs: readonly number[];
}

type Result = Float32Array | Float64Array | BigInt64Array;

const file = new URL("../../test/vectors/pytorch-rng.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { vectors: readonly Vector[] };

const size = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);
const float32 = (n: number, fill: (out: Float32Array) => void) => filled(new Float32Array(n), fill);
const float64 = (n: number, fill: (out: Float64Array) => void) => filled(new Float64Array(n), fill);
const int64 = (values: Iterable<number>) => BigInt64Array.from(Array.from(values, BigInt));
const weights = (bits: readonly number[]) => new Float32Array(Uint32Array.from(bits).buffer);

function filled<T>(out: T, fill: (out: T) => void): T {
  fill(out);
  return out;
}

function normals(generator: Generator, counts: readonly number[]): number[] {
  return counts.flatMap((n) => [...float32(n, (out) => generator.normal(out))]);
}

function uniforms(generator: Generator, n: number): Float32Array {
  return float32(n, (out) => generator.uniform(out));
}

/** How each kind of vector was made, in our words. */
const kinds: Record<string, (generator: Generator, vector: Vector) => Result> = {
  rand_f32: (g, { n }) => uniforms(g, n),
  rand_f64: (g, { n }) => float64(n, (out) => g.uniform(out)),
  randn_f32: (g, { n }) => float32(n, (out) => g.normal(out)),
  randn_f64: (g, { n }) => float64(n, (out) => g.normal(out)),
  randperm: (g, { n }) => int64(g.permutation(n)),
  dropout_mask: (g, { n, p }) => float32(n, (out) => dropoutMask(g, out, p)),
  bernoulli_scalar: (g, { n, p }) => float32(n, (out) => g.bernoulli(out, p)),
  bernoulli_tensor: (g, { n, p }) =>
    float32(n, (out) => g.bernoulli(out, new Float32Array(n).fill(p))),
  random64: (g, { n }) => BigInt64Array.from({ length: n }, () => g.random64()),
  randint: (g, { n, lo, hi }) => int64(filled(new Int32Array(n), (out) => g.randint(out, lo, hi))),
  seq_randn3_randn4_rand2_randn1: (g) =>
    Float32Array.of(...normals(g, [3, 4]), ...uniforms(g, 2), ...normals(g, [1])),
  seq_randn3_randn16_randn2: (g) => Float32Array.from(normals(g, [3, 16, 2])),
  linear_w: (g, { shape }) => float32(size(shape), (out) => linearWeight(g, out, shape)),
  linear_b: (g, { i, shape }) => {
    float32(i * shape[0], (out) => linearWeight(g, out, [shape[0], i]));
    return float32(shape[0], (out) => linearBias(i)(g, out, shape));
  },
  embedding: (g, { shape }) => float32(size(shape), (out) => embedding(g, out, shape)),
  lora_A: (g, { shape }) => float32(size(shape), (out) => linearWeight(g, out, shape)),
  dataloader3: (g, { n, bs, drop_last }) => int64(threeEpochs(g, drop_last ? n - (n % bs) : n, n)),
  after_iter_noshuffle: (g) => {
    [...dataLoaderOrder(g, 5, { shuffle: false })];
    return uniforms(g, 3);
  },
  after_iter_shuffle: (g) => {
    const order = dataLoaderOrder(g, 5, { shuffle: true });
    const before = uniforms(g, 1);
    order.next();
    return Float32Array.of(...before, ...uniforms(g, 2));
  },
  multinomial1: (g, { n, probs }) =>
    int64(Array.from({ length: n }, () => g.multinomial(weights(probs), 1)[0])),
  multinomial_norep: (g, { k, probs }) => int64(g.multinomial(weights(probs), k)),
  multinomial_rep: (g, { k, probs }) =>
    int64(g.multinomial(weights(probs), k, { replacement: true })),
};

function threeEpochs(generator: Generator, taken: number, length: number): number[] {
  return [1, 2, 3].flatMap(() =>
    [...dataLoaderOrder(generator, length, { shuffle: true })].slice(0, taken),
  );
}

const sha256 = (values: Result) => createHash("sha256").update(values).digest("hex");

/** Distance of two float64 in units in the last place (both of the same sign). */
function ulps(a: number, b: number): number {
  const [x, y] = new BigInt64Array(new Float64Array([a, b]).buffer);
  return Math.abs(Number(x - y));
}

test("every vector is of a known kind", () => {
  expect(vectors).toHaveLength(976);
  expect([...new Set(vectors.map((vector) => vector.kind))].sort()).toEqual(
    Object.keys(kinds).sort(),
  );
});

describe.each(Object.keys(kinds))("%s", (kind) => {
  test.each(vectors.filter((vector) => vector.kind === kind))("$seed $shape", (vector) => {
    const result = kinds[kind](new Generator(vector.seed), vector);
    expect(result).toHaveLength(size(vector.shape));
    if (kind === "randn_f64") {
      // V8's log, sin and cos and the C library's differ by up to an ulp each; 3 is what that leaves of their product.
      vector.first.forEach((value, i) =>
        expect(ulps(Number(value), Number(result[i]))).toBeLessThanOrEqual(3),
      );
    } else {
      expect(sha256(result)).toBe(vector.sha256);
    }
  });
});
