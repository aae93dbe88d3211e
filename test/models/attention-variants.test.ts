/** The other kinds of attention: the laws of every model, the numbers of transformers' own layers, and what each keeps of a text. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../src/graph/index.ts";
import { CacheMemory } from "../../src/generation/cache-memory.ts";
import { AttentionVariant, cacheBytes, cacheBytesPerToken } from "../../src/models/index.ts";
import type { AttentionVariantConfig, Mixing } from "../../src/models/index.ts";
import { CacheProbe, GatedDeltaNet, LatentAttention, namedParameters } from "../../src/nn/index.ts";
import { mul, positions, reshape, sum } from "../../src/ops/index.ts";
import { gradients } from "../../src/transform/index.ts";
import { relativeError } from "./fixture.ts";
import { modelLaws } from "./laws.ts";
import { run, runtimes } from "./runtimes.ts";

const tiny: Omit<AttentionVariantConfig, "mixing"> = {
  ...{ vocabSize: 29, contextLength: 16, embedDim: 24, hiddenDim: 40, numLayers: 2 },
  ...{ numHeads: 4, numKvHeads: 2, headDim: 8, normEpsilon: 1e-6, rope: { theta: 10_000 } },
  hasTiedHead: false,
};
const variant = (mixing: Mixing) => new AttentionVariant({ ...tiny, mixing });
const experts = { expertDim: 12, numExperts: 4, numExpertsPerToken: 2 };

const variants = {
  "multi-head attention": () => variant({ kind: "multi-head" }),
  "grouped-query attention": () => variant({ kind: "grouped-query" }),
  "a sliding window": () => variant({ kind: "sliding-window", windowSize: 3 }),
  "latent attention": () => variant({ kind: "latent", latentDim: 12, rotaryDim: 4 }),
  "a mixture of experts": () =>
    new AttentionVariant({ ...tiny, experts, mixing: { kind: "grouped-query" } }),
};
for (const [name, make] of Object.entries(variants)) modelLaws(name, { make });
const deltaNet = () => variant({ kind: "delta-net", attentionEvery: 2 });
modelLaws("gated DeltaNet", { make: deltaNet, hasFreeLengths: false });

test("each keeps less of a text than multi-head attention does", () => {
  const perToken = (mixing: Mixing) => cacheBytesPerToken(variant(mixing));
  const layers = 2;
  const bytes = 4;
  expect(perToken({ kind: "multi-head" })).toBe(layers * bytes * 2 * 4 * 8);
  expect(perToken({ kind: "grouped-query" })).toBe(layers * bytes * 2 * 2 * 8);
  expect(perToken({ kind: "latent", latentDim: 12, rotaryDim: 4 })).toBe(layers * bytes * 16);
  expect(perToken({ kind: "delta-net", attentionEvery: 2 })).toBe(bytes * 2 * 4 * 8);
  const sliding = variant({ kind: "sliding-window", windowSize: 3 });
  expect(cacheBytes(sliding, 2)).toBe(2 * cacheBytesPerToken(sliding));
  expect(cacheBytes(sliding, 16)).toBe(3 * cacheBytesPerToken(sliding));
  const state = 4 * 8 * 8 + 3 * 3 * 4 * 8;
  expect(cacheBytes(deltaNet(), 16)).toBe(16 * bytes * 2 * 4 * 8 + bytes * state);
});

test.each(Object.entries(variants))(
  "%s: an engine holds what is said, and no more",
  async (_, make) => {
    const model = make();
    const probe = new CacheProbe(1);
    model.hiddenStates(reshape(positions(1), [1, 1]), { cache: probe });
    const memory = new CacheMemory(probe.layers, { batchSize: 2, contextLength: 16 });
    await memory.reserve(16);
    const held = new Set(memory.rows(0, 2).map(({ buffer }) => buffer));
    const bytes = [...held].reduce((total, { byteLength }) => total + byteLength, 0);
    expect(bytes).toBe(2 * 16 * cacheBytesPerToken(model));
  },
);

interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface LayerFixture {
  readonly config: never;
  readonly x: Numbers;
  readonly probe: Numbers;
  readonly y: Numbers;
  readonly weights: Readonly<Record<string, Numbers>>;
  readonly gradients: Readonly<Record<string, Numbers>>;
}

describe.each([
  ["latent-attention", (config: never) => new LatentAttention(config)],
  ["gated-delta-net", (config: never) => new GatedDeltaNet(config)],
])("%s", (name, make) => {
  test.each(runtimes)(
    "computes what transformers' layer does, gradients too, on %s",
    async (runtime) => {
      const path = new URL(`../fixtures/layers/${name}.json`, import.meta.url);
      const fixture = JSON.parse(await readFile(path, "utf8")) as LayerFixture;
      const layer = make(fixture.config);
      const parameters = namedParameters(layer);
      expect([...parameters.keys()].sort()).toEqual(Object.keys(fixture.weights).sort());
      for (const [path, parameter] of parameters) {
        expect(parameter.shape, path).toEqual(fixture.weights[path].shape);
        parameter.assign(Float32Array.from(fixture.weights[path].data));
      }
      const step = (x: Tensor, probe: Tensor) => {
        const y = layer.forward(x);
        return [y, ...gradients(sum(mul(y, probe)), [...parameters.values()])];
      };
      const fed = ({ shape, data }: Numbers) => {
        return { dtype: "float32", shape, data: Float32Array.from(data) } as const;
      };
      const [y, ...dys] = await run(runtime, step, [fed(fixture.x), fed(fixture.probe)]);
      expect(relativeError(y.data, fixture.y.data)).toBeLessThan(1e-5); // float32 sums in another order
      [...parameters.keys()].forEach((path, i) => {
        expect(relativeError(dys[i].data, fixture.gradients[path].data), path).toBeLessThan(1e-4);
      });
    },
  );
});
