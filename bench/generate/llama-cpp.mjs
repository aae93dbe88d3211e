// Two contenders of the generation benchmark: node-llama-cpp by tokens (`LlamaContextSequence.evaluate`, the least that its
// API can do), and with --text by its completion of a text, as its guide recommends.

import { readFile } from "node:fs/promises";
import { getLlama, LlamaCompletion } from "node-llama-cpp";
import { idAt, modelPath, promptOf, readRun, report } from "./contender.mjs";

const isText = process.argv.includes("--text");
if (isText) process.argv.splice(process.argv.indexOf("--text"), 1);
const run = readRun();
const { shape, precision, batch, threads, prompt, tokens } = run;
const manifest = new URL("../node_modules/node-llama-cpp/package.json", import.meta.url);
const { version } = JSON.parse(await readFile(manifest, "utf8"));
const llama = await getLlama({
  ...{ build: "never", gpu: false, skipDownload: true, logLevel: "error" },
  maxThreads: threads,
});
const begin = performance.now();
const model = await llama.loadModel({ modelPath: modelPath(`${shape}-${precision}.gguf`) });
const context = await model.createContext({
  ...{ contextSize: 1024, sequences: batch, threads, batchSize: 512 },
});
const loadMs = performance.now() - begin;
const sequences = Array.from({ length: batch }, () => context.getSequence());

/** Times between tokens of one sequence, greedily. */
async function decode(sequence, id, count) {
  const times = [];
  let last = performance.now();
  for await (const _ of sequence.evaluate([id], { temperature: 0 })) {
    const now = performance.now();
    times.push(now - last);
    last = now;
    if (times.length === count) return times;
  }
  return times;
}

/** Times between tokens of a completion of `prompt`; the first includes reading it. */
async function complete(sequence, count) {
  const completion = new LlamaCompletion({ contextSequence: sequence });
  const times = [];
  let last = performance.now();
  await completion.generateCompletion(promptOf(prompt), {
    ...{ maxTokens: count, temperature: 0, disableContextShift: true },
    onToken() {
      const now = performance.now();
      times.push(now - last);
      last = now;
    },
  });
  return times;
}

await decode(sequences[0], idAt(0), 1);
const firstTokenMs = performance.now() - begin;
const prefillMs = [];
let stepMs;
if (isText) {
  await sequences[0].clearHistory();
  const times = await complete(sequences[0], tokens + 1);
  prefillMs.push(times[0]);
  stepMs = times.slice(1);
} else {
  for (let i = 0; i < 4; i++) {
    await sequences[0].clearHistory();
    const start = performance.now();
    await sequences[0].evaluateWithoutGeneratingNewTokens(promptOf(prompt));
    if (i > 0) prefillMs.push(performance.now() - start); // the first warms up
  }
  for (let row = 1; row < batch; row++) {
    await sequences[row].evaluateWithoutGeneratingNewTokens(promptOf(prompt, row));
  }
  if (batch === 1) stepMs = (await decode(sequences[0], idAt(0), tokens + 1)).slice(1);
  else {
    const start = performance.now();
    await Promise.all(sequences.map((sequence, row) => decode(sequence, idAt(row), tokens)));
    stepMs = [(performance.now() - start) / tokens];
  }
}
const contender = isText ? "node-llama-cpp-text" : "node-llama-cpp";
report(run, { contender, version, loadMs, firstTokenMs, prefillMs, stepMs });
process.exit(0); // its threads outlive it
