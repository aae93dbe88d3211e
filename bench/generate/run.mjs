// Runs the contenders in turn (A B C, A B C, …), each in its own process, and prints one table per shape.

import { existsSync, readFileSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine } from "../machine.mjs";
import { outputOf } from "../output-of.mjs";
import { readBandwidth } from "./bandwidth.mjs";
import { modelPath } from "./contender.mjs";
import { casesOf, machineLine, summarize, tableOf } from "./report.mjs";
import { save, stemOf, withSaved } from "./results.mjs";

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
const measured = [];
for (const one of cases) {
  let running = listOf("only").filter((name) => one.batch === "1" || !name.endsWith("-text"));
  for (let round = 1; round <= Number(options.repeats); round++) {
    for (const contender of running) {
      const { threads } = options;
      const record = { ...one, threads, round, bandwidth, ...(await measure(contender, one)) };
      const { skipped, error, prefill, decode } = record;
      const words = skipped ?? error ?? `${Math.round(prefill)} in, ${decode.toFixed(1)} out`;
      console.error(
        `${one.shape} ${one.precision} batch ${one.batch}, ${round}: ${contender} ${words}`,
      );
      measured.push(record);
      if (skipped || error) running = running.filter((name) => name !== contender);
    }
  }
}
const date = new Date().toISOString().slice(0, 10);
const machine = describeMachine();
const stem = stemOf({ date, machine });
const keyOf = (run) => [run.shape, run.precision, run.batch, run.threads, run.contender].join(" ");
const runs = options.save ? withSaved(stem, measured, keyOf) : measured;
const summaries = casesOf(runs, Object.keys(shapes)).map((one) => {
  const rows = summarize(runs, one);
  return { ...one, limit: (one.bandwidth / weightBytes(one)) * Number(one.batch), rows };
});
const markdown = [
  `# Generation, ${date}`,
  machineLine(machine, runs),
  ...Object.keys(shapes).flatMap((shape) => {
    const own = summaries.filter((one) => one.shape === shape);
    return own.length > 0 ? [`## ${shapes[shape].name}\n\n${tableOf(own)}`] : [];
  }),
].join("\n\n");
console.log(markdown);
if (options.save) save(stem, { date, machine, summaries, runs }, markdown);
