/** GPT-2 against the same model of PyTorch modules: a seed gives the same weights and, with dropout, the same step. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../src/graph/index.ts";
import { Gpt2 } from "../../src/models/index.ts";
import type { Gpt2Config } from "../../src/models/index.ts";
import { initialize, namedParameters } from "../../src/nn/index.ts";
import { crossEntropy } from "../../src/ops/index.ts";
import { Generator } from "../../src/random/index.ts";
import { gradients } from "../../src/transform/index.ts";
import { relativeError } from "./fixture.ts";
import { ids, run, runtimes } from "./runtimes.ts";

interface Case {
  readonly config: Gpt2Config;
  readonly seed: number;
  readonly ids: number[][];
  readonly targets: number[][];
  readonly lastWeights: Record<string, number[]>;
  readonly trainingLogits: number[];
  readonly trainingLoss: number;
  readonly nextUniform: number;
  readonly gradientNorms: Record<string, number>;
  readonly evaluationLogits: number[];
}

const path = new URL("../fixtures/book-gpt/answers.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(path, "utf8")) as { cases: Case[] };

/** Float32 sums in another order; a wrong mask would be off by more than 10 %. */
const rounding = 1e-5;

/** Our property path of a parameter of the PyTorch model. */
function pathOf(name: string): string {
  return name
    .replace(/^tokens/, "tokenEmbedding")
    .replace(/^positions/, "positionEmbedding")
    .replace(/^norm\./, "finalNorm.")
    .replace(/(up|down)/, "feedForward.$1");
}

describe.each(cases)("dropout $config.dropoutRate, QKV bias $config.hasQkvBias", (expected) => {
  const make = () => {
    const generator = new Generator(expected.seed);
    const model = new Gpt2(expected.config);
    initialize(model, generator);
    return { model, generator };
  };

  test("a seed gives PyTorch's weights, bit for bit", () => {
    const parameters = namedParameters(make().model);
    const paths = Object.keys(expected.lastWeights).map(pathOf);
    expect([...parameters.keys()].sort()).toEqual(paths.sort());
    for (const [name, values] of Object.entries(expected.lastWeights)) {
      expect([...parameters.get(pathOf(name))!.data.slice(-3)], name).toEqual(values);
    }
  });

  test.each(runtimes)("a training step draws PyTorch's dropout masks on %s", async (runtime) => {
    const { model, generator } = make();
    const parameters = [...namedParameters(model).values()];
    const step = (x: Tensor, targets: Tensor) => {
      const logits = model.forward(x, { generator });
      const loss = crossEntropy(logits, targets);
      return [logits, loss, ...gradients(loss, parameters)];
    };
    const inputs = [ids(expected.ids), ids(expected.targets)];
    const [logits, loss, ...dys] = await run(runtime, step, inputs);
    expect(relativeError(logits.data, expected.trainingLogits)).toBeLessThan(rounding);
    expect(relativeError(loss.data, [expected.trainingLoss])).toBeLessThan(rounding);
    const next = new Float32Array(1);
    generator.uniform(next);
    expect(next[0]).toBe(expected.nextUniform);
    const norms = new Map(parameters.map(({ name }, i) => [name, Math.hypot(...dys[i].data)]));
    for (const [name, norm] of Object.entries(expected.gradientNorms)) {
      // the gradient of a key's bias is zero but for rounding: softmax ignores what is added to a whole row
      expect
        .soft(Math.abs(norms.get(pathOf(name))! - norm), name)
        .toBeLessThan(rounding * (norm + 0.01));
    }
  });

  test.each(runtimes)("without a generator nothing is dropped on %s", async (runtime) => {
    const { model } = make();
    const [logits] = await run(runtime, (x) => [model.forward(x)], [ids(expected.ids)]);
    expect(relativeError(logits.data, expected.evaluationLogits)).toBeLessThan(rounding);
  });
});
