/** Weights in few bits: the grids are llama.cpp's, the interpreter sees the rounded numbers, ONNX Runtime the blocks. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { evaluate, fromBlocks, Parameter, tensor, toBlocks, values } from "../graph/index.ts";
import type { Bits, Tensor } from "../graph/index.ts";
import { Gpt2 } from "../models/index.ts";
import { concat, gather, linear, matmul } from "../ops/index.ts";
import { Generator } from "../random/index.ts";
import { compile } from "../runtime/index.ts";
import { initialize } from "./parameter.ts";
import { namedParameters } from "./named-parameters.ts";
import { quantizeWeights } from "./quantization.ts";

const fixture = new URL("../../test/fixtures/quantization/blocks.json", import.meta.url);
const expected = JSON.parse(await readFile(fixture, "utf8"));

function matrix(rows: number, columns: number, bits?: Bits): Parameter {
  const made = new Parameter([rows, columns]);
  made.bits = bits;
  made.assign(Float32Array.from({ length: made.size }, (_, i) => Math.sin(i * i + rows)));
  return made;
}

const rowsOf = (rows: number, columns: number) =>
  tensor(
    Float32Array.from({ length: rows * columns }, (_, i) => Math.cos(3 * i)),
    { shape: [rows, columns] },
  );

test.each([
  ["q8", 8],
  ["q4", 4],
] as const)("%s rounds to the numbers of llama.cpp's own code", (name, bits) => {
  const x = Float32Array.from(expected.x as number[]);
  const withoutSign = (zero: number) => zero + 0; // −0 becomes 0
  expect(Array.from(fromBlocks(toBlocks(x, bits)), withoutSign)).toEqual(
    (expected[name] as number[]).map(withoutSign),
  );
});

test("numbers on the grid stay as they are when they are rounded again", () => {
  for (const bits of [8, 4] as const) {
    const once = fromBlocks(toBlocks(matrix(3, 64).data, bits));
    const twice = fromBlocks(toBlocks(once, bits));
    expect(twice).toEqual(once);
  }
});

test("a part of the blocks can be read alone", () => {
  const blocks = toBlocks(matrix(4, 32).data, 4);
  expect(fromBlocks(blocks, 37, 70)).toEqual(fromBlocks(blocks).slice(37, 70));
});

describe.each([8, 4] as const)("%i bits on ONNX Runtime", (bits) => {
  /** Inputs are rounded to 8 bits too: 1/254 of a block's largest number, averaged over a row. */
  const rounding = 0.02;

  const expectAgreement = async (fn: (x: Tensor) => Tensor, x: Tensor, tolerance = rounding) => {
    const spec = { dtype: x.dtype, shape: x.shape };
    const compiled = await compile((input) => [fn(input)], [spec], { parameters: "initializers" });
    try {
      const [[actual], [wanted]] = [await compiled(values(x)), evaluate([fn(x)])];
      const sizes = Array.from(wanted.data, Math.abs);
      const errors = Array.from(wanted.data, (value, i) => Math.abs(value - actual.data[i]));
      expect(Math.max(...errors) / Math.max(...sizes)).toBeLessThan(tolerance);
    } finally {
      compiled.release();
    }
  };

  test("a linear map with bias", () =>
    expectAgreement(
      (x) => linear(x, matrix(10, 64, bits), tensor(new Float32Array(10).fill(0.5))),
      rowsOf(3, 64),
    ));

  test("a product without bias", () =>
    expectAgreement((x) => matmul(x, matrix(10, 96, bits), { transposeB: true }), rowsOf(1, 96)));

  test("several maps as one", () =>
    expectAgreement(
      (x) => linear(x, concat([matrix(4, 64, bits), matrix(6, 64, bits)], { axis: 0 })),
      rowsOf(5, 64),
    ));

  test("rows of a table are exact", () =>
    expectAgreement(
      (ids) => gather(matrix(9, 64, bits), ids),
      tensor(Int32Array.of(3, 8, 0, 3)),
      1e-7,
    ));

  test("an operation that knows no blocks gets the numbers", () =>
    expectAgreement((x) => matmul(x, matrix(64, 32, bits)), rowsOf(3, 64), 1e-5));
});

test("matrices are stored in blocks, those that are loaded later too; norms, biases and positions are not", () => {
  const sizes = { vocabSize: 40, contextLength: 16, embedDim: 64, numHeads: 2, numLayers: 1 };
  const model = new Gpt2({ ...sizes, dropoutRate: 0, hasQkvBias: true, hasTiedHead: true });
  quantizeWeights(model, "q4");
  initialize(model, new Generator(1));
  const stored = [...namedParameters(model)]
    .filter(([, { blocks }]) => blocks)
    .map(([name]) => name);
  expect(stored).toEqual([
    "tokenEmbedding.weight",
    ...["query", "key", "value", "projection"].map((name) => `blocks.0.attention.${name}.weight`),
    ...["up", "down"].map((name) => `blocks.0.feedForward.${name}.weight`),
  ]);
  expect(model.tokenEmbedding.weight.blocks!.bits).toBe(8); // the head too
  const { weight } = model.blocks[0].feedForward.up;
  expect(weight.blocks!.quants.length).toBe(weight.size / 2);
  quantizeWeights(model, "q8");
  expect(weight.blocks!.bits).toBe(4); // no number would be the better for it
});
