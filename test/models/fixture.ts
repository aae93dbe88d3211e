/** @file The checkpoints under test/fixtures/models: weights that transformers wrote and what it computed with them. */
import { readFile } from "node:fs/promises";
import type { ReadTensor } from "../../src/models/index.ts";
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
  readonly read: ReadTensor;
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
