// What the contenders have in common: their options, the ids they read, and how they time.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { medianOf } from "../median.mjs";
import { peakRssBytes } from "../peak-memory.mjs";

/** The options of one run. */
export function readRun() {
  const { values } = parseArgs({
    options: {
      shape: { type: "string", default: "gpt2" },
      precision: { type: "string", default: "q8" },
      batch: { type: "string", default: "1" },
      threads: { type: "string", default: "2" },
      prompt: { type: "string", default: "512" },
      tokens: { type: "string", default: "64" },
    },
  });
  const [batch, threads, prompt, tokens] = [
    values.batch,
    values.threads,
    values.prompt,
    values.tokens,
  ].map(Number);
  return { shape: values.shape, precision: values.precision, batch, threads, prompt, tokens };
}

export const modelPath = (name) => fileURLToPath(new URL(`models/${name}`, import.meta.url));

/** The same ids for every contender: Knuth's multiplicative hash of the position, in every vocabulary. */
export const idAt = (i) => (Math.imul(i, 2654435761) >>> 8) % 50000;
export const promptOf = (length, row = 0) => Array.from({ length }, (_, i) => idAt(i + 7919 * row));

/** Prints what `run.mjs` reads: times in ms of prefills of `prompt` tokens and of steps of `batch` tokens. */
export function report({ prompt, batch }, { contender, version, ...measured }) {
  const { loadMs, firstTokenMs, prefillMs, stepMs } = measured;
  const record = {
    ...{ contender, version, loadMs, firstTokenMs },
    prefill: prefillMs && (1000 * prompt) / medianOf(prefillMs),
    decode: (1000 * batch) / medianOf(stepMs),
    peakRssBytes: peakRssBytes(),
  };
  console.log(JSON.stringify(record));
}
