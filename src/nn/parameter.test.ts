import { expect, test } from "vitest";
import { Generator, normalInit } from "../random/index.ts";
import {
  countParameters,
  Embedding,
  initialize,
  LayerNorm,
  Linear,
  namedParameters,
  TransformerBlock,
} from "./index.ts";

test("a name is a property path, a list counts by index", () => {
  const model = { first: new Linear(2, 3), rest: [new Linear(3, 3, { hasBias: false })] };
  const names = [...namedParameters(model).keys()];
  expect(names).toEqual(["first.weight", "first.bias", "rest.0.weight"]);
  expect(model.rest[0].weight.name).toBe("rest.0.weight");
});

test("a tied parameter counts once, under its first path", () => {
  const embedding = new Embedding(5, 4);
  const model = { embedding, head: { weight: embedding.weight } };
  expect([...namedParameters(model).keys()]).toEqual(["embedding.weight"]);
  expect(countParameters(model)).toBe(20);
});

test("a model that contains itself is walked once", () => {
  const model: { layer: Linear; self?: object } = { layer: new Linear(2, 2) };
  model.self = model;
  expect(countParameters(model)).toBe(6);
});

test("nothing is allocated before initialize", () => {
  const layer = new Linear(1e6, 1e6); // 4 TB
  expect(countParameters(layer)).toBe(1e12 + 1e6);
  expect(layer.weight.isInitialized).toBe(false);
  expect(() => layer.weight.data).toThrow(/initialize/);
});

test("the seed is spent in order of creation, not of properties", () => {
  const late = new Linear(2, 3);
  const early = new Linear(2, 3);
  initialize({ early, late }, new Generator(1));
  const fresh = new Linear(2, 3);
  initialize(fresh, new Generator(1));
  expect(late.weight.data).toEqual(fresh.weight.data);
  expect(early.weight.data).not.toEqual(fresh.weight.data);
});

test("GPT-2's scheme: 0.02, residual weights by the root of their number, no biases, norms left alone", () => {
  const blocks = [1, 2].map(() => new TransformerBlock({ embedDim: 64, numHeads: 2 }));
  const model = { embedding: new Embedding(300, 64), blocks };
  initialize(model, new Generator(5), { scheme: "gpt2" });
  const deviation = (data: Float32Array) => Math.hypot(...data) / Math.sqrt(data.length);
  const [block] = blocks;
  // thousands of draws: their deviation is within 5 % of the one asked for, and the draws come from the same stream
  expect(deviation(block.attention.query.weight.data) / 0.02).toBeCloseTo(1, 1);
  expect(deviation(block.attention.projection.weight.data) / (0.02 / 2)).toBeCloseTo(1, 1);
  expect(deviation(block.feedForward.down.weight.data) / (0.02 / 2)).toBeCloseTo(1, 1);
  expect(deviation(block.feedForward.up.weight.data) / 0.02).toBeCloseTo(1, 1);
  expect(block.feedForward.up.bias!.data.every((value) => value === 0)).toBe(true);
  expect(block.norm1.weight.data.every((value) => value === 1)).toBe(true);
  const first = new Float32Array(block.attention.query.weight.size);
  normalInit(0.02)(new Generator(5), first, [64, 64]);
  expect(block.attention.query.weight.data).toEqual(first);
});

test("a norm begins as the identity and draws nothing", () => {
  const norm = new LayerNorm(3);
  const generator = new Generator(7);
  const before = generator.state();
  initialize(norm, generator);
  expect([...norm.weight.data, ...norm.bias.data]).toEqual([1, 1, 1, 0, 0, 0]);
  expect(generator.state()).toEqual(before);
});
