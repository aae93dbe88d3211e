/** Layers against PyTorch: see test/models/book-gpt.test.ts for all of them together and test/book for the book's numbers. */
import { describe, expect, test } from "vitest";
import { tensor, values } from "../graph/index.ts";
import { Generator } from "../random/index.ts";
import {
  CausalAttention,
  Dropout,
  initialize,
  joinHeads,
  MultiHeadAttention,
  MultiHeadAttentionWrapper,
  splitHeads,
} from "./index.ts";

const x = tensor(
  Float32Array.from({ length: 2 * 4 * 6 }, (_, i) => Math.sin(i)),
  { shape: [2, 4, 6] },
);

describe("heads", () => {
  test("are cut from the channels, and joined again", () => {
    expect(splitHeads(x, 3).shape).toEqual([2, 3, 4, 2]);
    const secondHead = values(splitHeads(x, 3)).slice(4 * 2, 4 * 2 + 2);
    expect(secondHead).toEqual(values(x).slice(2, 4)); // channels 2 and 3 of the first token
    expect(values(joinHeads(splitHeads(x, 3)))).toEqual(values(x));
  });

  test("of a wrapper are the heads of one layer with the same weights", () => {
    const wrapper = new MultiHeadAttentionWrapper({ inputDim: 6, outputDim: 2, numHeads: 3 });
    const whole = new MultiHeadAttention({ inputDim: 6, outputDim: 6, numHeads: 3 });
    initialize(wrapper, new Generator(1));
    initialize(whole, new Generator(2));
    for (const name of ["query", "key", "value"] as const) {
      whole[name].weight.assign(
        Float32Array.from(wrapper.heads.flatMap((head) => [...head[name].weight.data])),
      );
    }
    whole.projection.weight.assign(
      Float32Array.from({ length: 36 }, (_, i) => Number(i % 7 === 0)),
    );
    whole.projection.bias!.assign(new Float32Array(6));
    const [parts, one] = [values(wrapper.forward(x)), values(whole.forward(x))];
    parts.forEach((value, i) => expect(one[i]).toBeCloseTo(value, 6));
  });

  test("must divide the width", () => {
    expect(() => new MultiHeadAttention({ inputDim: 6, outputDim: 6, numHeads: 4 })).toThrow(
      "attention: expected outputDim divisible by numHeads, got 6 and 4.",
    );
  });
});

describe("dropout", () => {
  test("is active only with a generator", () => {
    const dropout = new Dropout(0.5);
    expect(dropout.forward(x, {})).toBe(x);
    const dropped = values(dropout.forward(x, { generator: new Generator(123) }));
    const kept = dropped.filter((value) => value !== 0).length;
    expect(kept).toBeGreaterThan(10);
    expect(kept).toBeLessThan(38);
    dropped.forEach((value, i) => expect([0, values(x)[i] * 2]).toContain(value));
  });

  test("of attention weights still sees no future", () => {
    const layer = new CausalAttention({ inputDim: 6, outputDim: 4, dropoutRate: 0.3 });
    initialize(layer, new Generator(3));
    const changed = Float32Array.from(values(x));
    changed.fill(9, 3 * 6, 4 * 6); // the last token of the first row
    const run = (input: typeof x) => values(layer.forward(input, { generator: new Generator(4) }));
    const [before, after] = [run(x), run(tensor(changed, { shape: [2, 4, 6] }))];
    expect(after.slice(0, 3 * 4)).toEqual(before.slice(0, 3 * 4));
    expect(after.slice(3 * 4, 4 * 4)).not.toEqual(before.slice(3 * 4, 4 * 4));
  });

  test("takes a rate from 0 to 1", () => {
    expect(() => new Dropout(1.5)).toThrow("dropout: expected a rate from 0 to 1, got 1.5.");
  });
});
