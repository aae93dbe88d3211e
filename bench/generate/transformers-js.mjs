// One contender of the generation benchmark: transformers.js on the ONNX file that scratchlm exports.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { modelPath, promptOf, readRun, report } from "./contender.mjs";

const run = readRun();
const { shape, precision, batch, threads, prompt, tokens } = run;
const folder = `${shape}-${precision}-onnx`;
if (!existsSync(modelPath(folder))) {
  console.log(JSON.stringify({ skipped: `there is no models/${folder}` }));
  process.exit(0);
}
const dtype = { f32: "fp32", q8: "q8", q4: "q4" }[precision];
const { AutoModelForCausalLM, env, Tensor } = await import("@huggingface/transformers");
const manifest = new URL("../node_modules/@huggingface/transformers/package.json", import.meta.url);
const { version } = JSON.parse(await readFile(manifest, "utf8"));
env.allowRemoteModels = false;
env.localModelPath = modelPath("");
const begin = performance.now();
const model = await AutoModelForCausalLM.from_pretrained(folder, {
  dtype,
  session_options: { intraOpNumThreads: threads },
});
const loadMs = performance.now() - begin;

/** Time in ms for `count` new tokens after `length` tokens in each row. */
async function generate(length, count) {
  const ids = Array.from({ length: batch }, (_, row) => promptOf(length, row)).flat();
  const shapeOf = [batch, length];
  const start = performance.now();
  await model.generate({
    inputs: new Tensor("int64", BigInt64Array.from(ids, BigInt), shapeOf),
    attention_mask: new Tensor("int64", new BigInt64Array(ids.length).fill(1n), shapeOf),
    ...{ max_new_tokens: count, min_new_tokens: count, do_sample: false },
  });
  return performance.now() - start;
}

await generate(1, 1);
const firstTokenMs = performance.now() - begin;
const prefillMs = [];
for (let i = 0; i < 3; i++) prefillMs.push((await generate(prompt, 1)) / batch);
const stepMs = [((await generate(prompt, tokens + 1)) - prefillMs.at(-1) * batch) / tokens];
report(run, { contender: "transformers.js", version, loadMs, firstTokenMs, prefillMs, stepMs });
