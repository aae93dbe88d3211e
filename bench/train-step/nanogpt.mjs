// @genai-fi/nanogpt's own trainer on tfjs, in a worker that is stopped when a step takes longer
// than --limit seconds: on plain JavaScript kernels a step of these shapes takes minutes.
// Prints one JSON line, the one that run.mjs reads.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { medianOf } from "../median.mjs";
import { peakRssBytes } from "../peak-memory.mjs";

const { values: options } = parseArgs({
  options: {
    shape: { type: "string", default: "a" },
    steps: { type: "string", default: "1" },
    warmup: { type: "string", default: "0" },
    limit: { type: "string", default: "300" },
    threads: { type: "string" }, // the cpu backend has one thread, whatever is asked for
  },
});

const shape = JSON.parse(readFileSync(new URL("shapes.json", import.meta.url), "utf8"))[
  options.shape
];
const numWarmup = Number(options.warmup);
const numSteps = numWarmup + Number(options.steps);

/** Runs the worker for `numSteps` or until one is over the limit: seconds and loss of each done. */
function stepsWithin(limitSeconds) {
  const worker = new Worker(new URL("nanogpt-worker.mjs", import.meta.url), {
    workerData: { shape, numSteps },
  });
  return new Promise((resolve, reject) => {
    const steps = [];
    let version;
    let timer;
    const finish = (isOverLimit) => {
      clearTimeout(timer);
      resolve({ version, steps, isOverLimit });
      void worker.terminate();
    };
    worker.on("error", reject);
    worker.on("message", (message) => {
      clearTimeout(timer);
      if (message.version) version = message.version;
      else steps.push(message);
      if (steps.length === numSteps) finish(false);
      else timer = setTimeout(() => finish(true), limitSeconds * 1000);
    });
  });
}

/** The JSON line of a run; without a timed step, `overSeconds` says what one step exceeded. */
function summary({ version, steps, isOverLimit }) {
  const timed = steps.slice(numWarmup).map(({ seconds }) => seconds);
  const line = { contender: "nanogpt", version, steps: timed.length };
  if (isOverLimit) line.overSeconds = Number(options.limit);
  line.peakRssBytes = peakRssBytes();
  if (steps.length > 0) line.loss = { first: steps[0].loss, last: steps.at(-1).loss };
  if (timed.length === 0) return line;
  const median = medianOf(timed);
  line.tokensPerSecond = (shape.batchSize * shape.numTokens) / median;
  line.stepMs = { median: median * 1000, min: Math.min(...timed) * 1000 };
  return line;
}

try {
  console.log(JSON.stringify(summary(await stepsWithin(Number(options.limit)))));
} catch (error) {
  if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
  const skipped = "@genai-fi/nanogpt is not installed: npm ci --prefix bench";
  console.log(JSON.stringify({ contender: "nanogpt", skipped }));
}
