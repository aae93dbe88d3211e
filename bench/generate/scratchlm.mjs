// Two contenders of the generation benchmark: scratchlm itself, from `dist/` (run `npm run build` first), with the GGUF file
// that node-llama-cpp reads, and with --folder with the float32 folder, rounded as it is read.

import { readFile } from "node:fs/promises";
import { createEngine, greedy } from "../../dist/generation/index.js";
import { openModel } from "../../dist/weights/index.js";
import { idAt, modelPath, promptOf, readRun, report } from "./contender.mjs";

const isFolder = process.argv.includes("--folder");
if (isFolder) process.argv.splice(process.argv.indexOf("--folder"), 1);
const run = readRun();
const { shape, precision, batch, threads, prompt, tokens } = run;
const { version } = JSON.parse(
  await readFile(new URL("../../package.json", import.meta.url), "utf8"),
);
const begin = performance.now();
const quantization = isFolder && precision !== "f32" ? precision : undefined;
const path = modelPath(isFolder ? shape : `${shape}-${precision}.gguf`);
const { model } = await openModel(path, { quantization, hasTokenizer: false });
const engine = await createEngine(model, { threads, batchSize: batch, weights: "moved" });
const loadMs = performance.now() - begin;

/** Appends ids to some rows and picks each row's likeliest next token. */
const step = async (ids) => (await engine.append(ids)).map((logits) => logits && greedy(logits));
const only = (row, ids) => Array.from({ length: batch }, (_, i) => (i === row ? ids : []));

await step(only(0, [idAt(0)]));
const firstTokenMs = performance.now() - begin;

const prefillMs = [];
for (let i = 0; i < 4; i++) {
  engine.truncate(0, 0);
  const start = performance.now();
  await step(only(0, promptOf(prompt)));
  if (i > 0) prefillMs.push(performance.now() - start); // the first warms up
}
for (let row = 1; row < batch; row++) await step(only(row, promptOf(prompt, row)));
const stepMs = [];
let next = Array.from({ length: batch }, (_, row) => [idAt(row)]);
for (let i = 0; i < tokens; i++) {
  const start = performance.now();
  next = (await step(next)).map((id) => [id]);
  stepMs.push(performance.now() - start);
}
const contender = isFolder ? "scratchlm-folder" : "scratchlm";
report(run, { contender, version, loadMs, firstTokenMs, prefillMs, stepMs });
engine.release();
