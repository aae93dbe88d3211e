// One contender of the training-step benchmark: scratchlm itself, from `dist/` (run `npm run build` first).
// Forward, backward and AdamW on one repeated random batch; prints one line of JSON.
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { Gpt2 } from "../../dist/models/index.js";
import { initialize, namedParameters } from "../../dist/nn/index.js";
import { Generator } from "../../dist/random/index.js";
import { AdamW, TrainingStep } from "../../dist/training/index.js";

const { values } = parseArgs({
  options: {
    shape: { type: "string", default: "a" },
    steps: { type: "string", default: "5" },
    warmup: { type: "string", default: "2" },
    threads: { type: "string" },
  },
});
const shapes = JSON.parse(await readFile(new URL("shapes.json", import.meta.url), "utf8"));
const { numTokens: T, batchSize: B, name: _name, ...sizes } = shapes[values.shape];
const { version } = JSON.parse(
  await readFile(new URL("../../package.json", import.meta.url), "utf8"),
);

const model = new Gpt2({ ...sizes, dropoutRate: 0, hasQkvBias: true, hasTiedHead: true });
const generator = new Generator(123);
initialize(model, generator, { scheme: "gpt2" });
const optimizer = await AdamW.create([...namedParameters(model).values()], { weightDecay: 0.1 });
const step = await TrainingStep.create(model, optimizer.memory, {
  batchSize: B,
  blockSize: T,
  ...(values.threads && { threads: Number(values.threads) }),
});
// The same ids for every contender: Knuth's multiplicative hash of the position.
const idAt = (i) => (Math.imul(i, 2654435761) >>> 8) % sizes.vocabSize;
const inputs = Int32Array.from({ length: B * T }, (_, i) => idAt(i));
const targets = Int32Array.from({ length: B * T }, (_, i) => idAt(i + 1));

const times = [];
const losses = [];
const count = Number(values.warmup) + Number(values.steps);
for (let i = 0; i < count; i++) {
  const start = performance.now();
  losses.push(await step.run(inputs, targets));
  await optimizer.step({ learningRate: 3e-4 });
  if (i >= Number(values.warmup)) times.push(performance.now() - start);
}
const sorted = times.toSorted((a, b) => a - b);
const median = (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
console.log(
  JSON.stringify({
    contender: "scratchlm",
    version: `${version} (node ${process.versions.node})`,
    steps: times.length,
    tokensPerSecond: (B * T * 1000) / median,
    stepMs: { median, min: sorted[0] },
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    loss: { first: losses[0], last: losses.at(-1) },
  }),
);
