/** @file The checkpoints under test/fixtures/models: weights that transformers wrote and what it computed with them. */
import { readFile } from "node:fs/promises";
import type { Parameter, Shape } from "../../src/graph/index.ts";
import { pack } from "../../src/models/index.ts";
import type { PublishedTensor } from "../../src/models/index.ts";
import { openSafetensors } from "../../src/weights/index.ts";

export interface Expected {
  readonly input_ids: readonly number[];
  readonly loss: number;
  readonly greedy_continuation: readonly number[];
  readonly parameters: number;
  readonly gradients: Readonly<Record<string, { readonly norm: number; readonly first: number[] }>>;
}

export interface Fixture {
  readonly config: unknown;
  readonly expected: Expected;
  /** `(1, T, V)`. */
  readonly logits: Float32Array;
  read(name: string): Promise<{ readonly shape: Shape; readonly data: Float32Array } | undefined>;
  close(): Promise<void>;
}

export async function openFixture(name: string): Promise<Fixture> {
  const path = (file: string) =>
    new URL(`../fixtures/models/${name}/${file}`, import.meta.url).pathname;
  const json = async (file: string) => JSON.parse(await readFile(path(file), "utf8"));
  const weights = await openSafetensors(path("model.safetensors"));
  const answers = await openSafetensors(path("expected.safetensors"));
  const logits = await answers.readFloat32("logits");
  await answers.close();
  return {
    config: await json("config.json"),
    expected: await json("expected.json"),
    logits,
    async read(tensor) {
      const entry = weights.entries.get(tensor);
      return entry && { shape: entry.shape, data: await weights.readFloat32(tensor) };
    },
    close: () => weights.close(),
  };
}

/**
 * Numbers shaped like our parameters under the names that transformers gives its own in memory: those of its files, but
 * the experts of a layer together.
 */
export function expectedGradients(
  tensors: readonly PublishedTensor[],
  numbersOf: (parameter: Parameter) => Float32Array,
): Map<string, Float32Array> {
  const parts = new Map<string, Float32Array[]>();
  for (const tensor of tensors) {
    const name = tensor.name
      .replace(/experts\.\d+\.(gate|up)_proj\.weight$/, "experts.gate_up_proj")
      .replace(/experts\.\d+\.down_proj\.weight$/, "experts.down_proj");
    parts.set(name, [...(parts.get(name) ?? []), pack(tensor, numbersOf)]);
  }
  return new Map([...parts].map(([name, arrays]) => [name, joined(arrays)]));
}

function joined(arrays: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(arrays.reduce((total, { length }) => total + length, 0));
  let start = 0;
  for (const array of arrays) {
    all.set(array, start);
    start += array.length;
  }
  return all;
}

/** Largest difference, relative to the largest expected value. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let worst = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
    scale = Math.max(scale, Math.abs(expected[i]));
    if (Number.isNaN(actual[i])) return NaN;
  }
  return worst / scale;
}
