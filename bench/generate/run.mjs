// Runs the contenders in turn (A B C, A B C, …), each in its own process, and prints one table per shape.

import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine, machineWords } from "../machine.mjs";
import { outputOf } from "../output-of.mjs";
import { readBandwidth } from "./bandwidth.mjs";
import { modelPath } from "./contender.mjs";
import { summarize, tableOf } from "./report.mjs";

const shapes = JSON.parse(readFileSync(new URL("shapes.json", import.meta.url), "utf8"));
const contenders = {
  scratchlm: ["scratchlm.mjs"],
  "scratchlm-folder": ["scratchlm.mjs", "--folder"],
  "node-llama-cpp": ["llama-cpp.mjs"],
  "node-llama-cpp-text": ["llama-cpp.mjs", "--text"],
  "transformers.js": ["transformers-js.mjs"],
};

const { values: options } = parseArgs({
  options: {
    shapes: { type: "string", default: Object.keys(shapes).join(",") },
    precisions: { type: "string", default: "f32,q8,q4" },
    batches: { type: "string", default: "1,8" },
    only: { type: "string", default: Object.keys(contenders).join(",") },
    repeats: { type: "string", default: "3" },
    threads: { type: "string", default: String(availableParallelism()) },
    save: { type: "boolean", default: false },
  },
});
const listOf = (name) => options[name].split(",");

/** One process of one contender: its JSON line, or `skipped` or `error` with why. */
async function measure(contender, { shape, precision, batch }) {
  const [script, ...flags] = contenders[contender];
  const path = fileURLToPath(new URL(script, import.meta.url));
  const settings = { shape, precision, batch, threads: options.threads };
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { code, stdout, stderr } = await outputOf(process.execPath, [path, ...flags, ...words]);
  if (code !== 0) return { contender, error: stderr.trim().slice(-500) };
  return { contender, ...JSON.parse(stdout.trim().split("\n").at(-1)) };
}

/** What a token reads at least: the weights as they lie in the GGUF file, once for a whole batch. */
const weightBytes = ({ shape, precision }) => {
  const path = modelPath(`${shape}-${precision}.gguf`);
  return existsSync(path) ? statSync(path).size : NaN;
};

const cases = listOf("shapes").flatMap((shape) =>
  shapes[shape].precisions
    .filter((precision) => listOf("precisions").includes(precision))
    .flatMap((precision) => listOf("batches").map((batch) => ({ shape, precision, batch }))),
);
const bandwidth = await readBandwidth(Number(options.threads));
const runs = [];
for (const one of cases) {
  let running = listOf("only").filter((name) => one.batch === "1" || !/-(text|folder)$/.test(name));
  for (let round = 1; round <= Number(options.repeats); round++) {
    for (const contender of running) {
      const record = { ...one, round, ...(await measure(contender, one)) };
      const { skipped, error, prefill, decode } = record;
      const words = skipped ?? error ?? `${Math.round(prefill)} in, ${decode.toFixed(1)} out`;
      console.error(
        `${one.shape} ${one.precision} batch ${one.batch}, ${round}: ${contender} ${words}`,
      );
      runs.push(record);
      if (skipped || error) running = running.filter((name) => name !== contender);
    }
  }
}
const summaries = cases.map((one) => ({
  ...one,
  limit: (bandwidth / weightBytes(one)) * Number(one.batch),
  rows: summarize(runs, one),
}));
const date = new Date().toISOString().slice(0, 10);
const machine = describeMachine();
const { cpu, cores, memoryGb, system, node } = machine;
const markdown = [
  `# Generation, ${date}`,
  `${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}. ${options.threads} threads, rounds: ${options.repeats}; medians, in ` +
    `brackets the least and greatest ratio of a round. Memory is read at ${(bandwidth / 1e9).toFixed(1)} GB/s. Tokens a second.`,
  ...listOf("shapes").map(
    (shape) =>
      `## ${shapes[shape].name}\n\n${tableOf(summaries.filter((one) => one.shape === shape))}`,
  ),
].join("\n\n");
console.log(markdown);
if (options.save) {
  const folder = new URL("results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const stem = `${date}-${machineWords(machine)}`;
  const result = { date, machine, options, bandwidth, summaries, runs };
  writeFileSync(new URL(`${stem}.json`, folder), `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(new URL(`${stem}.md`, folder), `${markdown}\n`);
}
