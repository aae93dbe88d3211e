// The steps themselves. The package is made for browsers, and three things make it run in Node:
// - its bundled tfjs-core fails on Node's platform (empty "util"): it is told it is a web worker;
// - its trainer, the one TeachableLLM uses, is not among its exports: it is imported by file;
// - the batch comes from our own tfjs-core, which shares the engine that tfjs keeps in a global.
// Of its backends (cpu, webgl, webgpu) only cpu needs no GPU; on tfjs's wasm backend the package's
// own operations are missing ("Kernel 'RMSNorm' not registered for backend 'wasm'").

import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { parentPort, workerData } from "node:worker_threads";

globalThis.WorkerGlobalScope = class {};
console.log = console.error; // standard output is for the JSON line

const { shape, numSteps } = workerData;
const home = new URL("../node_modules/@genai-fi/nanogpt/", import.meta.url);
const { models } = await import("@genai-fi/nanogpt");
const { default: PreTrainer } = await import(new URL("dist/training/PreTrainer.js", home));
const tf = await import("@tensorflow/tfjs-core");
await tf.setBackend("cpu");

const model = new models.NanoGPTV1({
  modelType: "GenAI_NanoGPT_v1",
  vocabSize: shape.vocabSize,
  blockSize: shape.contextLength,
  nLayer: shape.numLayers,
  nHead: shape.numHeads,
  nEmbed: shape.embedDim,
  mlpFactor: 4,
  useRope: false,
});

const learningRate = 3e-4;
const constant = { warmupSteps: 0, decayEpochs: 1, epochSteps: 1e9, minLearningRate: learningRate };
const adamW = { learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 };
const trainer = new PreTrainer(model, { vocabSize: shape.vocabSize }, { ...adamW, ...constant });

/** The same ids for every contender, `(B, T)`: Knuth's multiplicative hash of the position. */
function fixedBatch({ batchSize: B, numTokens: T, vocabSize: V }) {
  const ids = Int32Array.from(
    { length: B * T + 1 },
    (_, i) => (Math.imul(i, 2654435761) >>> 8) % V,
  );
  return {
    xs: tf.tensor(ids.subarray(0, -1), [B, T], "int32"),
    ys: tf.tensor(ids.subarray(1), [B, T], "int32"),
  };
}

const batch = fixedBatch(shape);
const { version } = JSON.parse(readFileSync(new URL("package.json", home), "utf8"));
parentPort.postMessage({ version: `${version} (tfjs ${tf.version_core}, cpu)` });

for (let step = 0; step < numSteps; step++) {
  const start = performance.now();
  const loss = trainer.trainStep({}, batch);
  const [value] = await loss.data();
  loss.dispose();
  parentPort.postMessage({ seconds: (performance.now() - start) / 1000, loss: value });
}
