/**
 * @file Laws that hold for every model, whatever its numbers: one call of `modelLaws` tests a model on both runtimes.
 */
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../src/graph/index.ts";
import { createEngine } from "../../src/generation/index.ts";
import type { CausalLanguageModel } from "../../src/models/index.ts";
import { initialize, namedParameters } from "../../src/nn/index.ts";
import { Generator } from "../../src/random/index.ts";
import { compile, dimension } from "../../src/runtime/index.ts";
import { AdamW, TrainingStep } from "../../src/training/index.ts";
import { relativeError } from "./fixture.ts";
import { ids, run, runtimes } from "./runtimes.ts";

export interface Subject<M extends CausalLanguageModel> {
  /** A small model, not initialised. */
  readonly make: () => M;
  /** Writes all weights of one model, under their published names, and reads them into another; for published families. */
  readonly roundTrip?: (from: M, to: M) => Promise<void>;
  /** Whether the graph is the same at every length, and goes on from a cache. Default true. */
  readonly hasFreeLengths?: boolean;
}

const learning = { learningRate: 1e-2, steps: 60 };

/** The same products summed in another order or batch: float32 rounding, far from any real difference. */
const rounding = 1e-5;

const first = [3, 1, 4, 1, 5, 9, 2, 6];
const second = [2, 7, 1, 8, 2, 8, 1, 8];

export function modelLaws<M extends CausalLanguageModel>(
  name: string,
  { make, roundTrip, hasFreeLengths = true }: Subject<M>,
) {
  const model = make();
  initialize(model, new Generator(123));
  const V = model.config.vocabSize;
  const forward = (x: Tensor) => [model.forward(x)];

  describe.each(runtimes)(`${name} on %s`, (runtime) => {
    const logitsOf = async (rows: number[][]) => (await run(runtime, forward, [ids(rows)]))[0];

    test("gives a score for every next token of every position", async () => {
      const logits = await logitsOf([first, second]);
      expect(logits.shape).toEqual([2, first.length, V]);
      expect(logits.data.every(Number.isFinite)).toBe(true);
    });

    test("never lets a token see the future", async () => {
      const before = await logitsOf([first]);
      const changedAt = 5;
      const after = await logitsOf([first.with(changedAt, 0)]);
      const past = changedAt * V;
      expect(after.data.slice(0, past)).toEqual(before.data.slice(0, past));
      expect(relativeError(after.data.slice(past), before.data.slice(past))).toBeGreaterThan(1e-3);
    });

    test("gives each row of a batch what it gives the row alone", async () => {
      const both = await logitsOf([first, second]);
      const half = both.data.length / 2;
      const alone = [await logitsOf([first]), await logitsOf([second])];
      expect(relativeError(both.data.slice(0, half), alone[0].data)).toBeLessThan(rounding);
      expect(relativeError(both.data.slice(half), alone[1].data)).toBeLessThan(rounding);
    });

    test.runIf(hasFreeLengths)(
      "serves every batch and length with one compiled graph",
      async () => {
        // sample lengths that equal no length of the model
        const shape = [dimension("B", 7), dimension("T", 13)];
        const compiled = await compile(forward, [{ dtype: "int32", shape }], { runtime });
        for (const rows of [[first], [second.slice(0, 3), first.slice(0, 3)], [[1], [2], [3]]]) {
          const [logits] = await compiled(ids(rows));
          const [expected] = await run("reference", forward, [ids(rows)]);
          expect(logits.shape).toEqual(expected.shape);
          expect(relativeError(logits.data, expected.data)).toBeLessThan(rounding);
        }
        compiled.release();
      },
    );

    test.runIf(hasFreeLengths)(
      "goes on from a cache as from the whole text, at lengths that were not traced",
      async () => {
        const engine = await createEngine(model, { runtime, batchSize: 2 });
        try {
          const pieces = [first.slice(0, 3), first.slice(3, 4), first.slice(4, 7), first.slice(7)];
          for (const [i, piece] of pieces.entries()) {
            const read = pieces.slice(0, i + 1).flat();
            const [other] = [second.slice(0, i + 2)];
            const answers = await engine.append([piece, i === 0 ? other : other.slice(-1)]);
            for (const [row, text] of [read, other].entries()) {
              const [expected] = await run("reference", forward, [ids([text])]);
              expect(relativeError(answers[row]!, expected.data.slice(-V))).toBeLessThan(rounding);
            }
          }
        } finally {
          engine.release();
        }
      },
    );

    test("takes any token as the first, and sequences of one", async () => {
      const logits = await logitsOf([[V - 1]]);
      expect(logits.shape).toEqual([1, 1, V]);
    });
  });

  test(`${name} learns a batch by heart`, async () => {
    const pupil = make();
    initialize(pupil, new Generator(7), { scheme: "gpt2" });
    const optimizer = await AdamW.create([...namedParameters(pupil).values()]);
    const size = { batchSize: 2, blockSize: first.length - 1 };
    const step = await TrainingStep.create(pupil, optimizer.memory, { ...size, runtime: "onnx" });
    const rows = [first, second];
    const inputs = Int32Array.from(rows.flatMap((row) => row.slice(0, -1)));
    const targets = Int32Array.from(rows.flatMap((row) => row.slice(1)));
    const losses: number[] = [];
    for (let i = 0; i < learning.steps; i++) {
      losses.push(await step.run(inputs, targets));
      await optimizer.step(learning);
    }
    expect(losses[0]).toBeCloseTo(Math.log(V), 0);
    expect(losses.at(-1)).toBeLessThan(0.2);
    step.release();
  });

  test.runIf(roundTrip)(
    `${name}: weights go out under their published names and come back bit for bit`,
    async () => {
      const copy = make();
      await roundTrip!(model, copy);
      const copies = namedParameters(copy);
      expect([...copies.keys()]).toEqual([...namedParameters(model).keys()]);
      for (const [path, { data }] of namedParameters(model)) {
        expect(copies.get(path)!.data, path).toEqual(data);
      }
    },
  );
}
