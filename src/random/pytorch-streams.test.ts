import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { dataLoaderOrder, dropoutMask, Generator } from "./index.ts";

/** A draw from a running stream and what PyTorch 2.13 drew there; test/vectors/random-streams.py tells the fields. */
interface Step {
  readonly op: string;
  readonly n: number;
  readonly dtype: "float32" | "float64" | "int32";
  readonly from: number;
  readonly to: number;
  readonly mean: number;
  readonly std: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
  readonly rate: number;
  readonly count: number;
  readonly replacement: boolean;
  readonly shuffle: boolean;
  readonly order: readonly number[];
  readonly between: readonly number[];
  readonly value: string;
  readonly values: readonly number[];
  readonly sha256: string;
}

interface Stream {
  readonly seed: number;
  readonly steps: readonly Step[];
}

const file = new URL("../../test/vectors/random-streams.json", import.meta.url);
const { streams } = JSON.parse(readFileSync(file, "utf8")) as { streams: readonly Stream[] };

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array };
const floats = ({ dtype, n }: Step) =>
  dtype === "float32" ? new Float32Array(n) : new Float64Array(n);
const int64 = (values: Iterable<number>) => BigInt64Array.from(Array.from(values, BigInt));
const weights = (step: Step, unit: number) =>
  floats(step).map((_: number, i: number) => ((7 * i + 3) % 11) / unit);

const operations: Record<string, (generator: Generator, step: Step) => void> = {
  uniform(generator, step) {
    const out = floats(step);
    generator.uniform(out, step);
    expectBytes(out, step);
  },
  normal(generator, step) {
    const out = floats(step);
    generator.normal(out, step);
    expectClose(out, step);
  },
  exponential(generator, step) {
    const out = floats(step);
    generator.exponential(out);
    expectClose(out, step);
  },
  randint(generator, step) {
    const out = new arrays[step.dtype](step.n);
    generator.randint(out, step.low, step.high);
    expectBytes(out, step);
  },
  random64(generator, step) {
    expect(generator.random64().toString()).toBe(step.value);
  },
  permutation(generator, step) {
    expectBytes(int64(generator.permutation(step.n)), step);
  },
  bernoulli(generator, step) {
    const out = new Float32Array(step.n);
    generator.bernoulli(out, step.p);
    expectBytes(out, step);
  },
  bernoulliEach(generator, step) {
    const out = floats(step);
    generator.bernoulli(out, weights(step, 10));
    expectBytes(out, step);
  },
  dropout(generator, step) {
    const out = new Float32Array(step.n);
    dropoutMask(generator, out, step.rate);
    expectBytes(out, step);
  },
  multinomial(generator, step) {
    expectBytes(int64(generator.multinomial(weights(step, 1), step.count, step)), step);
  },
  epoch(generator, step) {
    const one = new Float32Array(1);
    const draw = () => (generator.uniform(one), one[0]);
    const samples = dataLoaderOrder(generator, step.n, step);
    const between = [draw()];
    const order: number[] = [];
    for (const sample of samples) {
      order.push(sample);
      between.push(draw());
    }
    expect({ order, between }).toEqual({ order: step.order, between: step.between });
  },
  state(generator, step) {
    const bytes = generator.state();
    expectClose(new Float64Array(bytes.buffer.slice(5024, 5032)), step); // the cached normal
    expectBytes(bytes.fill(0, 5024, 5032), step);
  },
};

function expectBytes(values: NodeJS.ArrayBufferView, step: Step): void {
  expect(createHash("sha256").update(values).digest("hex")).toBe(step.sha256);
}

/** float32 to the bit; float64 as near as V8's log, sin and cos are to the C library's (an ulp each). */
function expectClose(out: Float32Array | Float64Array, step: Step): void {
  if (out instanceof Float32Array) return expectBytes(out, step);
  expect(step.values).toHaveLength(out.length);
  const mean = step.op === "normal" ? step.mean : 0;
  out.forEach((value, i) => {
    const size = Math.abs(value - mean) + Math.abs(mean);
    expect(Math.abs(value - step.values[i])).toBeLessThanOrEqual(4 * Number.EPSILON * size);
  });
}

function replay({ seed, steps }: Stream, between: (generator: Generator) => Generator): void {
  let generator = new Generator(seed);
  for (const step of steps) {
    operations[step.op](generator, step);
    generator = between(generator);
  }
}

test.each(streams)("seed $seed gives PyTorch's stream over 24 mixed draws", (stream) => {
  replay(stream, (generator) => generator);
});

test.each(streams)(
  "seed $seed goes on unchanged when saved and restored at every step",
  (stream) => {
    replay(stream, (generator) => {
      const resumed = new Generator(0);
      resumed.restore(generator.state());
      return resumed;
    });
  },
);
