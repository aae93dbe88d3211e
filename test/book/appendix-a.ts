/** @file Appendix A: tensors, gradients, a small network, batches and its training. */
import { BatchOrder } from "../../src/data/index.ts";
import { Parameter, tensor } from "../../src/graph/index.ts";
import type { Tensor } from "../../src/graph/index.ts";
import { values } from "../../src/graph/index.ts";
import { countParameters, initialize, Linear, namedParameters } from "../../src/nn/index.ts";
import {
  add,
  argMax,
  binaryCrossEntropy,
  cast,
  crossEntropy,
  equal,
  gather,
  matmul,
  mean,
  mul,
  relu,
  reshape,
  sigmoid,
  softmax,
  sum,
  transpose,
  zeros,
} from "../../src/ops/index.ts";
import { Generator } from "../../src/random/index.ts";
import { sgd, sgdDefaults } from "../../src/training/sgd.ts";
import { gradients } from "../../src/transform/index.ts";
import type { Reasons, Reproduced, Reproductions } from "./reproduction.ts";

/** Two hidden layers with ReLU: `(B, numInputs) → (B, numOutputs)`. */
class Network {
  readonly hidden1: Linear;
  readonly hidden2: Linear;
  readonly output: Linear;

  constructor(numInputs: number, numOutputs: number) {
    this.hidden1 = new Linear(numInputs, 30);
    this.hidden2 = new Linear(30, 20);
    this.output = new Linear(20, numOutputs);
  }

  forward(x: Tensor): Tensor {
    x = relu(this.hidden1.forward(x)); // (B, 30)
    x = relu(this.hidden2.forward(x)); // (B, 20)
    return this.output.forward(x);
  }
}

const matrix = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);

/** Sections A.3 and A.4: one weight, one bias, one example. */
function logisticRegression() {
  const weight = new Parameter([1]);
  const bias = new Parameter([1]);
  weight.assign(Float32Array.of(2.2));
  bias.assign(Float32Array.of(0));
  const probability = sigmoid(add(mul(tensor([1.1]), weight), bias));
  return { weight, bias, loss: binaryCrossEntropy(probability, tensor([1])) };
}

function network50(): Network {
  const network = new Network(50, 3);
  initialize(network, new Generator(123));
  return network;
}

/** Section A.5: logits of 50 uniform numbers, drawn from a fresh seed. */
function logits50(): Tensor {
  const data = new Float32Array(50);
  new Generator(123).uniform(data);
  return network50().forward(tensor(data, { shape: [1, 50] }));
}

const X = tensor([
  [-1.2, 3.1],
  [-0.9, 2.9],
  [-0.5, 2.6],
  [2.3, -1.1],
  [2.7, -1.5],
]);
const y = tensor(Int32Array.of(0, 0, 0, 1, 1));
const testX = tensor([
  [-0.8, 2.8],
  [2.6, -1.6],
]);
const testY = tensor(Int32Array.of(0, 1));

const examples = { numExamples: X.shape[0], batchSize: 2, shuffle: true } as const;

function pick(batch: Uint32Array): [Tensor, Tensor] {
  const rows = tensor(Int32Array.from(batch));
  return [gather(X, rows), gather(y, rows)];
}

/** Section A.6: one epoch with the short batch, then one without, from one stream. */
function epochs(): { first: Reproduced; second: Reproduced } {
  const generator = new Generator(123);
  const epoch = (dropLast: boolean) => {
    const order = new BatchOrder({ ...examples, dropLast, generator });
    return [...order].flatMap(pick);
  };
  return { first: epoch(false), second: epoch(true) };
}

/** Section A.7: three epochs of SGD; the losses by batch, and the network afterwards. */
function train(): { network: Network; losses: number[] } {
  const generator = new Generator(123);
  const network = new Network(2, 2);
  initialize(network, generator);
  const parameters = [...namedParameters(network).values()];
  const order = new BatchOrder({ ...examples, dropLast: true, generator });
  const losses: number[] = [];
  for (let epoch = 0; epoch < 3; epoch++) {
    for (const batch of order) {
      const [x, targets] = pick(batch);
      const loss = crossEntropy(network.forward(x), targets);
      losses.push(values(loss)[0]);
      descend(parameters, gradients(loss, parameters));
    }
  }
  return { network, losses };
}

/** One step of SGD with learning rate 0.5, by the definition of it that the optimizers are tested against. */
function descend(parameters: readonly Parameter[], dys: readonly Tensor[]): void {
  const options = { ...sgdDefaults, learningRate: 0.5 };
  const after = parameters.map((one, i) => sgd(one, dys[i], zeros(one.shape), options).parameter);
  const numbers = after.map((one) => values(one) as Float32Array);
  parameters.forEach((one, i) => one.assign(numbers[i]));
}

let finished: ReturnType<typeof train> | undefined;
const trained = () => (finished ??= train());
const predict = (x: Tensor) => argMax(trained().network.forward(x));
const hits = (x: Tensor, labels: Tensor) => cast(equal(predict(x), labels), "float32");

export const appendixA: Reproductions = {
  "appA-A.2-float-dtype": () => `torch.${tensor([1, 2, 3]).dtype}`,
  "appA-A.2-shape": () => matrix.shape,
  "appA-A.2-reshape": () => reshape(matrix, [3, 2]),
  "appA-A.2-transpose": () => transpose(matrix),
  "appA-A.2-matmul": () => matmul(matrix, transpose(matrix)),
  "appA-A.3-bce": () => logisticRegression().loss,
  "appA-A.4-grads": () => {
    const { weight, bias, loss } = logisticRegression();
    return gradients(loss, [weight, bias]);
  },
  "appA-A.5-params": () => countParameters(new Network(50, 3)),
  "appA-A.5-weight": () => network50().hidden1.weight,
  "appA-A.5-weight-shape": () => new Network(50, 3).hidden1.weight.shape,
  "appA-A.5-forward": logits50,
  "appA-A.5-softmax": () => softmax(logits50()),
  "appA-A.6-len": () => examples.numExamples,
  "appA-A.6-batches": () => epochs().first,
  "appA-A.6-batches-drop": () => epochs().second,
  "appA-A.7-losses": () => trained().losses,
  "appA-A.7-probas": () => softmax(trained().network.forward(X)),
  "appA-A.7-preds": () => predict(X),
  "appA-A.7-ncorrect": () => sum(hits(X, y)),
  "appA-A.7-acc": () => mean(hits(X, y)),
  "appA-A.7-test-acc": () => mean(hits(testX, testY)),
  "appA-A.9-add": () => add(tensor([1, 2, 3]), tensor([4, 5, 6])),
  "appA-A.9-gpu-losses": () => trained().losses, // the same stream: a worker process draws no more
  "appA-exA.3-params": () => countParameters(new Network(2, 2)),
};

/** Facts about PyTorch rather than about what it computes. */
export const notApplicable: Reasons = {
  "appA-A.2-int-dtype":
    "PyTorch's whole numbers are int64; ours are int32, and int64 exists only inside ONNX models",
};
