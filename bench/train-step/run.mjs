// Runs the contenders in turn (A B C, A B C, …), each in its own process, and prints one table.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { contenders, runContender } from "./contenders.mjs";
import { describeMachine, machineWords } from "../machine.mjs";
import { summarize, tableOf } from "./report.mjs";

const shapes = JSON.parse(readFileSync(new URL("shapes.json", import.meta.url), "utf8"));

const usage = `node bench/train-step/run.mjs [options]
  --shape a|b|all     what to train: ${Object.entries(shapes)
    .map(([key, { name }]) => `${key} (${name})`)
    .join(", ")}; default all
  --repeats N         rounds, each contender once in each; default 3
  --steps N           timed steps in a run; default 10
  --warmup N          untimed steps before them; default 2
  --threads N         default: all cores
  --only NAMES        some of ${contenders.map(({ name }) => name).join(",")}
  --limit SECONDS     when to give up on one step of nanogpt; default 300
  --json FILE         write everything measured
  --save              write results/<date>-<machine>.json and .md`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      shape: { type: "string", default: "all" },
      repeats: { type: "string", default: "3" },
      steps: { type: "string", default: "10" },
      warmup: { type: "string", default: "2" },
      threads: { type: "string", default: String(availableParallelism()) },
      only: { type: "string", default: contenders.map(({ name }) => name).join(",") },
      limit: { type: "string", default: "300" },
      json: { type: "string" },
      save: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) stop(usage, 0);
  for (const name of ["repeats", "steps", "warmup", "threads", "limit"]) {
    const least = name === "warmup" ? 0 : 1;
    const number = Number(values[name]);
    if (!Number.isInteger(number) || number < least)
      stop(`--${name}: expected a whole number of at least ${least}, got "${values[name]}".`);
    values[name] = number;
  }
  values.shapes = values.shape === "all" ? Object.keys(shapes) : [values.shape];
  if (!values.shapes.every((key) => Object.hasOwn(shapes, key)))
    stop(`--shape: expected ${Object.keys(shapes).join(", ")} or all, got "${values.shape}".`);
  values.only = values.only.split(",");
  const stranger = values.only.find((wanted) => !contenders.some(({ name }) => name === wanted));
  if (stranger !== undefined) stop(`--only: there is no contender "${stranger}".`);
  return values;
}

function stop(message, code = 1) {
  console[code === 0 ? "log" : "error"](message);
  process.exit(code);
}

/** Every run of one shape; a contender that was skipped or failed is not started again. */
async function measure(shape, options) {
  const records = [];
  let running = contenders.filter(({ name }) => options.only.includes(name));
  for (let round = 1; round <= options.repeats; round++) {
    for (const contender of running.filter(({ maxSteps }) => !maxSteps || round === 1)) {
      process.stderr.write(`${shape} round ${round}/${options.repeats} ${contender.name}: `);
      const record = { shape, round, ...(await runContender(contender, shape, options)) };
      process.stderr.write(`${wordsOf(record)}\n`);
      records.push(record);
      if (record.skipped || record.error) running = running.filter((one) => one !== contender);
    }
  }
  return records;
}

function wordsOf({ skipped, error, overSeconds, tokensPerSecond }) {
  if (skipped) return `skipped, ${skipped}`;
  if (error) return `failed, ${error}`;
  return tokensPerSecond
    ? `${tokensPerSecond.toFixed(1)} tokens/s`
    : `a step over ${overSeconds} s`;
}

function markdownOf({ date, machine, options, summaries }) {
  const { cpu, cores, memoryGb, system, node } = machine;
  const { threads, repeats, steps, warmup } = options;
  const tables = Object.entries(summaries).map(
    ([key, rows]) => `## (${key}) ${shapes[key].name}\n\n${tableOf(rows, shapes[key])}`,
  );
  return [
    `# Training step, ${date}`,
    `${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}. ${threads} threads; ` +
      `rounds: ${repeats}, timed steps: ${steps}, warm-up steps: ${warmup}. Medians; ` +
      `in brackets the least and greatest ratio of a round.`,
    ...tables,
  ].join("\n\n");
}

function save(result, markdown, { json, save }) {
  const text = `${JSON.stringify(result, null, 2)}\n`;
  if (json) writeFileSync(json, text);
  if (!save) return;
  const folder = new URL("results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const stem = `${result.date}-${machineWords(result.machine)}`;
  writeFileSync(new URL(`${stem}.json`, folder), text);
  writeFileSync(new URL(`${stem}.md`, folder), `${markdown}\n`);
  console.error(`written to bench/train-step/results/${stem}.json and .md`);
}

const options = readOptions();
const runs = [];
for (const shape of options.shapes) runs.push(...(await measure(shape, options)));
const summaries = Object.fromEntries(options.shapes.map((key) => [key, summarize(runs, key)]));
const date = new Date().toISOString().slice(0, 10);
const { threads, repeats, steps, warmup } = options;
const machine = describeMachine();
const result = { date, machine, options: { threads, repeats, steps, warmup }, summaries, runs };
const markdown = markdownOf(result);
console.log(markdown);
save(result, markdown, options);
if (runs.some(({ error }) => error)) process.exitCode = 1;
