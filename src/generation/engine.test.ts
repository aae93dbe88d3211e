/** What an engine remembers must not change what it answers: every answer is compared with the whole text read anew. */
import { describe, expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { evaluate, tensor } from "../graph/index.ts";
import { Gpt2, Llama } from "../models/index.ts";
import { initialize } from "../nn/index.ts";
import { Generator } from "../random/index.ts";
import type { RuntimeName } from "../runtime/index.ts";
import { createEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";

const V = 29;
const model = new Gpt2({
  vocabSize: V,
  contextLength: 24,
  embedDim: 24,
  numHeads: 3,
  numLayers: 2,
  dropoutRate: 0.1,
  hasQkvBias: true,
  hasTiedHead: true,
});
initialize(model, new Generator(123));

const textOf = (seed: number, length: number) =>
  Array.from({ length }, (_, i) => (seed * 7 + i * i * 3 + i) % V);

/** Logits after every position of a text, from the interpreter: `(n, V)`. */
function expectedLogits(ids: readonly number[]): Float32Array {
  const [{ data }] = evaluate([
    model.forward(tensor(Int32Array.from(ids), { shape: [1, ids.length] })),
  ]);
  return data as Float32Array;
}

const lastOf = (ids: readonly number[]) => expectedLogits(ids).slice(-V);

/** The same sums in another order: float32 rounding. */
function expectClose(actual: Float32Array | undefined, expected: Float32Array): void {
  expect(actual?.length).toBe(expected.length);
  const worst = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - actual![i])), 0);
  expect(worst).toBeLessThan(2e-5);
}

const runtimes: readonly RuntimeName[] = ["reference", "onnx"];

describe.each(runtimes)("on %s", (runtime) => {
  const using = async (batchSize: number, body: (engine: Engine) => Promise<void>) => {
    const engine = await createEngine(model, { runtime, batchSize });
    await body(engine).finally(() => engine.release());
  };

  test("a text read in pieces gives the logits of the whole", () =>
    using(1, async (engine) => {
      const text = textOf(1, 24); // up to the last token of the context
      for (const [start, end] of [
        [0, 5],
        [5, 6],
        [6, 7],
        [7, 19],
        [19, 24],
      ]) {
        const [logits] = await engine.append([text.slice(start, end)]);
        expectClose(logits, lastOf(text.slice(0, end)));
        expect(engine.lengthOf(0)).toBe(end);
      }
    }));

  test("asked for every position, it answers every position", () =>
    using(1, async (engine) => {
      const text = textOf(2, 11);
      const [first] = await engine.append([text.slice(0, 4)], { everyPosition: true });
      expectClose(first, expectedLogits(text.slice(0, 4)));
      const [second] = await engine.append([text.slice(4)], { everyPosition: true });
      expectClose(second, expectedLogits(text).slice(4 * V));
    }));

  test("rows of different lengths grow side by side", () =>
    using(3, async (engine) => {
      const texts = [textOf(3, 9), textOf(4, 2), textOf(5, 14)];
      const answers = await engine.append(texts);
      answers.forEach((logits, row) => expectClose(logits, lastOf(texts[row])));
      for (let step = 0; step < 4; step++) {
        // each step leaves out another row
        const added = texts.map((_, row) => (row === step ? [] : [(row * 5 + step) % V]));
        const next = await engine.append(added);
        added.forEach((ids, row) => {
          texts[row].push(...ids);
          if (ids.length === 0) expect(next[row]).toBeUndefined();
          else expectClose(next[row], lastOf(texts[row]));
        });
      }
    }));

  test("a prompt is read between rows that grow by one token", () =>
    using(3, async (engine) => {
      const texts = [textOf(3, 9), [] as number[], textOf(5, 7)];
      await engine.append(texts);
      const added = [[1], textOf(4, 8), [2]];
      const answers = await engine.append(added);
      added.forEach((ids, row) => expectClose(answers[row], lastOf([...texts[row], ...ids])));
    }));

  test("a full row does not keep the others from growing", () =>
    using(3, async (engine) => {
      const texts = [textOf(3, 9), textOf(4, 24), textOf(5, 14)];
      await engine.append(texts);
      const answers = await engine.append([[1], [], [2]]);
      expectClose(answers[0], lastOf([...texts[0], 1]));
      expectClose(answers[2], lastOf([...texts[2], 2]));
    }));

  test("a row that was cut goes on from there", () =>
    using(1, async (engine) => {
      const text = textOf(6, 12);
      await engine.append([text]);
      engine.truncate(0, 7);
      expect(engine.lengthOf(0)).toBe(7);
      const [logits] = await engine.append([[3, 4]]);
      expectClose(logits, lastOf([...text.slice(0, 7), 3, 4]));
      engine.truncate(0, 0);
      expectClose((await engine.append([[8]]))[0], lastOf([8]));
    }));

  test("a copied row is a row of its own", () =>
    using(2, async (engine) => {
      const text = textOf(7, 6);
      await engine.append([text, []]);
      engine.copyRow(0, 1);
      const [a, b] = await engine.append([[1], [2, 3]]);
      expectClose(a, lastOf([...text, 1]));
      expectClose(b, lastOf([...text, 2, 3]));
    }));

  test("what cannot be appended is refused, and nothing is", () =>
    using(2, async (engine) => {
      await engine.append([textOf(1, 20), [1]]);
      await expect(engine.append([[1, 2, 3, 4, 5], [1]])).rejects.toThrow(UserError);
      await expect(engine.append([[1], [V]])).rejects.toThrow(/expected ids from 0 to 28, got 29/);
      await expect(engine.append([[1]])).rejects.toThrow(/2 rows/);
      expect(() => engine.truncate(1, 2)).toThrow(UserError);
      expect([engine.lengthOf(0), engine.lengthOf(1)]).toEqual([20, 1]);
    }));

  test("an aborted call throws the signal's reason", () =>
    using(1, async (engine) => {
      const signal = AbortSignal.abort(new Error("enough"));
      await expect(engine.append([[1, 2]], { signal })).rejects.toThrow("enough");
      expect(engine.lengthOf(0)).toBe(0);
    }));
});

test("live weights are those of each call", async () => {
  const engine = await createEngine(model, { weights: "live" });
  const bias = model.finalNorm.bias;
  const before = bias.data.slice();
  try {
    await engine.append([[1, 2]]);
    engine.truncate(0, 0);
    bias.data.fill(0.5);
    bias.touch();
    expectClose((await engine.append([[1, 2]]))[0], lastOf([1, 2]));
  } finally {
    bias.data.set(before);
    bias.touch();
    engine.release();
  }
});

test("a quantised engine answers as its rounded model does: GPT-2, and shared key heads with rotary positions", async () => {
  const gpt2 = new Gpt2({ ...model.config, embedDim: 64, numHeads: 2 });
  const llama = new Llama({
    ...{ vocabSize: V, contextLength: 24, embedDim: 64, hiddenDim: 96, numLayers: 2, numHeads: 4 },
    ...{
      numKvHeads: 2,
      headDim: 16,
      normEpsilon: 1e-6,
      rope: { theta: 10_000 },
      hasTiedHead: true,
    },
  });
  const text = textOf(9, 12);
  for (const one of [gpt2, llama]) {
    initialize(one, new Generator(7));
    for (const quantization of ["q8", "q4"] as const) {
      const engine = await createEngine(one, { quantization });
      await engine.append([text.slice(0, 9)]);
      for (let i = 9; i < 11; i++) await engine.append([text.slice(i, i + 1)]);
      const [logits] = await engine.append([text.slice(11)]);
      engine.release();
      const input = tensor(Int32Array.from(text), { shape: [1, text.length] });
      const expected = evaluate([one.forward(input)])[0].data.slice(-V);
      const largest = Math.max(...Array.from(expected, Math.abs));
      const errors = Array.from(expected, (x, i) => Math.abs(x - logits![i]) / largest);
      expect(Math.max(...errors)).toBeLessThan(0.05); // inputs of products are rounded to 8 bits as well
    }
  }
});
