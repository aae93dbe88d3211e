/** @file Chapter 4: GPT-2 from its parts to the untrained whole. */
import { tensor } from "../../src/graph/index.ts";
import type { Tensor } from "../../src/graph/index.ts";
import { Gpt2, gpt2Presets } from "../../src/models/index.ts";
import type { Gpt2PresetName } from "../../src/models/index.ts";
import {
  countParameters,
  FeedForward,
  initialize,
  LayerNorm,
  Linear,
  MultiHeadAttention,
  TransformerBlock,
} from "../../src/nn/index.ts";
import {
  abs,
  add,
  div,
  geluTanh,
  mean,
  mul,
  positions,
  relu,
  sqrt,
  sub,
  variance,
  zeros,
} from "../../src/ops/index.ts";
import { Generator } from "../../src/random/index.ts";
import { gradients } from "../../src/transform/index.ts";
import { bookChoices, bookConfig, prompt, tenGreedyIds } from "./gpt2-124m.ts";
import { encode, gpt2 } from "./gpt2-encoding.ts";
import type { Reproductions } from "./reproduction.ts";

const batch = tensor([prompt, prompt], { dtype: "int32" }); // (2, 4): shapes do not ask which ids
const overRows = { axis: -1, keepDims: true } as const;

/** Section 4.2: two rows of five normal numbers, and a small layer of them. */
function steps42() {
  const generator = new Generator(123);
  const data = new Float32Array(10);
  generator.normal(data);
  const examples = tensor(data, { shape: [2, 5] });
  const layer = new Linear(5, 6);
  initialize(layer, generator);
  const y = relu(layer.forward(examples)); // (2, 6)
  const normed = div(sub(y, mean(y, overRows)), sqrt(variance(y, overRows)));
  const norm = new LayerNorm(6);
  initialize(norm, generator);
  return { y, normed, byLayer: norm.forward(y) };
}

/** Section 4.4: mean |gradient| of each layer of a deep network, without shortcuts. */
function gradientsWithoutShortcuts(): Tensor[] {
  const sizes = [3, 3, 3, 3, 3, 1];
  const layers = sizes.slice(1).map((size, i) => new Linear(sizes[i], size));
  initialize(layers, new Generator(123));
  let x: Tensor = tensor([[1, 0, -1]]);
  for (const layer of layers) x = geluTanh(layer.forward(x));
  const loss = mean(mul(x, x)); // the target is 0
  const dWeights = gradients(
    loss,
    layers.map(({ weight }) => weight),
  );
  return dWeights.map((dy) => mean(abs(dy)));
}

/** The model of 4.1: embeddings and head of GPT-2 with nothing between. */
function logitsWithoutBlocks(): Tensor {
  const model = new Gpt2(bookConfig);
  const places = model.positionEmbedding.forward(positions(4));
  return model.logits(add(model.tokenEmbedding.forward(batch), places));
}

/** Parameters with a head of its own and with a tied one, and MB of float32 in the first case. */
function sizesOf(name: Gpt2PresetName): [number, number, number] {
  const model = new Gpt2({ ...gpt2Presets[name], ...bookChoices });
  const tied = new Gpt2({ ...model.config, hasTiedHead: true });
  return [countParameters(model), countParameters(tied), megabytes(model)];
}

/** In units of 2²⁰ bytes, to two digits as printed. */
function megabytes(model: Gpt2): number {
  return Number(((countParameters(model) * 4) / 2 ** 20).toFixed(2));
}

const attention = new MultiHeadAttention({ inputDim: 768, outputDim: 768, numHeads: 12 });

export const chapter4: Reproductions = {
  "ch04-4.1-dummy-shape": () => logitsWithoutBlocks().shape,
  "ch04-4.2-mean": () => mean(steps42().y, overRows),
  "ch04-4.2-var": () => variance(steps42().y, overRows),
  "ch04-4.2-normed": () => steps42().normed,
  "ch04-4.2-normed-mean": () => mean(steps42().normed, overRows),
  "ch04-4.2-normed-var": () => variance(steps42().normed, overRows),
  "ch04-4.2-ln-mean": () => mean(steps42().byLayer, overRows),
  "ch04-4.2-ln-var": () => variance(steps42().byLayer, { ...overRows, correction: 0 }),
  "ch04-4.3-emb-dim": () => bookConfig.embedDim,
  "ch04-4.3-ffn-shape": () => new FeedForward(768).forward(zeros([2, 3, 768])).shape,
  "ch04-4.4-grads-plain": gradientsWithoutShortcuts,
  "ch04-4.5-block-shapes": () => {
    const x = zeros([2, 4, 768]);
    return [x.shape, new TransformerBlock(bookConfig).forward(x).shape];
  },
  "ch04-4.6-logits-shape": () => new Gpt2(bookConfig).forward(batch).shape,
  "ch04-4.6-params": () => countParameters(new Gpt2(bookConfig)),
  "ch04-4.6-tied-shapes": () => {
    const { tokenEmbedding, head } = new Gpt2(bookConfig);
    return [tokenEmbedding.weight.shape, head!.weight.shape];
  },
  "ch04-4.6-params-tied": () => sizesOf("gpt2")[1],
  "ch04-4.6-size-mb": () => megabytes(new Gpt2(bookConfig)),
  "ch04-4.7-greedy-ids": async () => [(await tenGreedyIds()).slice(0, prompt.length + 6)],
  "ch04-ex4.1-ff-params": () => countParameters(new FeedForward(768)),
  "ch04-ex4.1-att-params": () => countParameters(attention),
  "ch04-ex4.2-small": () => sizesOf("gpt2"),
  "ch04-ex4.2-medium": () => sizesOf("gpt2-medium"),
  "ch04-ex4.2-large": () => sizesOf("gpt2-large"),
  "ch04-ex4.2-xl": () => sizesOf("gpt2-xl"),
  "ch04-test-greedy10": async () => [await tenGreedyIds()],
  "ch04-4.1-batch": () => Promise.all(["Every effort moves you", "Every day holds a"].map(encode)),
  "ch04-4.7-encoded": () => encode("Hello, I am"),
  "ch04-4.7-greedy-text": async () =>
    (await gpt2()).decode((await tenGreedyIds()).slice(0, prompt.length + 6)),
};
