/** Every family against transformers: weights, loss, logits, gradients and greedy continuation of a tiny model, on both runtimes. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Tensor } from "../../src/graph/index.ts";
import {
  fromHuggingFace,
  fromHuggingFaceConfig,
  publishedTensors,
  toHuggingFace,
  toHuggingFaceConfig,
} from "../../src/models/index.ts";
import type { CausalLanguageModel } from "../../src/models/index.ts";
import { countParameters, namedParameters } from "../../src/nn/index.ts";
import { argMax } from "../../src/ops/index.ts";
import { gradients } from "../../src/transform/index.ts";
import { expectedGradients, openFixture, relativeError } from "./fixture.ts";
import type { Fixture } from "./fixture.ts";
import { ids, run, runtimes } from "./runtimes.ts";

/** What the fixtures' README calls agreement: float32 sums in another order stay two orders of magnitude below. */
const tolerance = 1e-4;

const names = [
  ...["gpt2-tiny", "llama2-tiny", "llama3-tiny", "mistral-tiny", "qwen3-tiny"],
  ...["qwen3-moe-tiny", "gemma3-tiny", "olmo3-tiny"],
];

describe.each(names)("%s", (name) => {
  let fixture: Fixture;
  let model: CausalLanguageModel;

  beforeAll(async () => {
    fixture = await openFixture(name);
    const { family, config } = fromHuggingFaceConfig(fixture.config);
    model = family.make(config);
    await fromHuggingFace(model, fixture.read);
  });
  afterAll(() => fixture.close());

  test("the parameter count is that of transformers", () => {
    expect(countParameters(model)).toBe(fixture.expected.parameters);
  });

  test("the config goes out and comes in again", () => {
    const json = JSON.parse(JSON.stringify(toHuggingFaceConfig(model)));
    expect(fromHuggingFaceConfig(json).config).toEqual(model.config);
  });

  test("the weights go out as they came in, bit for bit", async () => {
    for (const { name, shape, data } of toHuggingFace(model)) {
      const original = (await fixture.read(name))!;
      expect(shape).toEqual(original.shape);
      expect(Buffer.compare(bytesOf(data), bytesOf(original.data)), name).toBe(0);
    }
  });

  describe.each(runtimes)("on %s", (runtime) => {
    test("loss, logits and every gradient are those of PyTorch", async () => {
      const { expected, logits: expectedLogits } = fixture;
      const parameters = [...namedParameters(model).values()];
      const step = (x: Tensor, targets: Tensor) => {
        const loss = model.loss(x, targets);
        return [model.forward(x), loss, ...gradients(loss, parameters)];
      };
      const { input_ids } = expected;
      const inputs = [ids([input_ids]), ids([[...input_ids.slice(1), -100]])];
      const [logits, loss, ...dys] = await run(runtime, step, inputs);

      expect(relativeError(logits.data, expectedLogits)).toBeLessThan(tolerance);
      expect(relativeError(loss.data, [expected.loss])).toBeLessThan(tolerance);
      const gradientOf = new Map(parameters.map((p, i) => [p, dys[i].data as Float32Array]));
      const ours = expectedGradients(publishedTensors(model), (p) => gradientOf.get(p)!);
      expect([...ours.keys()].sort()).toEqual(Object.keys(expected.gradients).sort());
      for (const [tensor, dy] of ours) {
        const { norm, first } = expected.gradients[tensor];
        const largest = dy.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        expect.soft(Math.abs(Math.hypot(...dy) - norm) / norm, tensor).toBeLessThan(tolerance);
        first.forEach((value, i) => {
          expect.soft(Math.abs(dy[i] - value) / largest, `${tensor}[${i}]`).toBeLessThan(tolerance);
        });
      }
    });

    test("the greedy continuation is that of transformers", async () => {
      const sequence = [...fixture.expected.input_ids];
      for (const next of fixture.expected.greedy_continuation) {
        const [choices] = await run(runtime, (x) => [argMax(model.forward(x))], [ids([sequence])]);
        sequence.push(choices.data.at(-1)!);
        expect(sequence.at(-1)).toBe(next);
      }
    });
  });
});

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength);
