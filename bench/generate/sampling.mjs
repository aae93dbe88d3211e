// What a token costs besides the model: choosing it and giving it out, of greedy ids and of sampled text, as a part of the
// token's time. The time inside `Engine.append` is the model's, all the rest is counted.

import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { createEngine, generate, Session, writeTexts } from "../../dist/generation/index.js";
import { loadEncoding } from "../../dist/tokenizer/index.js";
import { openModel } from "../../dist/weights/index.js";
import { describeMachine } from "../machine.mjs";
import { medianOf } from "../median.mjs";
import { modelPath, promptOf } from "./contender.mjs";
import { save, stemOf, withSaved } from "./results.mjs";

const { values: options } = parseArgs({
  options: {
    shape: { type: "string", default: "gpt2" },
    precisions: { type: "string", default: "q8,q4" },
    threads: { type: "string", default: "2" },
    prompt: { type: "string", default: "256" },
    tokens: { type: "string", default: "128" },
    repeats: { type: "string", default: "5" },
    save: { type: "boolean", default: false },
  },
});
const [threads, prompt, tokens, repeats] = ["threads", "prompt", "tokens", "repeats"].map((name) =>
  Number(options[name]),
);
const sampling = { temperature: 0.8, topK: 40, topP: 0.95, seed: 123 };
const tokenizer = await loadEncoding("gpt2");

/** An engine that adds up the time that its calls of `append` last. */
function timed(engine) {
  const clock = { ms: 0, calls: 0 };
  const append = async (...values) => {
    const start = performance.now();
    const answers = await engine.append(...values);
    clock.ms += performance.now() - start;
    clock.calls++;
    return answers;
  };
  const handler = {
    get(target, name) {
      if (name === "append") return append;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  };
  return { clock, engine: new Proxy(engine, handler) };
}

const ways = {
  "ids, greedily": (engine) =>
    generate(engine, promptOf(prompt), { maxNewTokens: tokens, overflow: "refuse" }),
  "text, sampled": (engine) =>
    writeTexts(new Session(engine), tokenizer, [
      { ...sampling, prompt: promptOf(prompt), maxNewTokens: tokens, overflow: "refuse" },
    ]),
};

/** One text written in one way: ms of a token inside the model, and besides. */
async function measure(engine, way) {
  const { clock, engine: watched } = timed(engine);
  engine.truncate(0, 0);
  let begin, inside;
  let count = 0;
  for await (const _ of ways[way](watched)) {
    if (count++ > 0) continue;
    begin = performance.now(); // the first token waits for the prompt
    inside = clock.ms;
  }
  const modelMs = (clock.ms - inside) / (tokens - 1);
  return { modelMs, restMs: (performance.now() - begin) / (tokens - 1) - modelMs };
}

const measured = [];
for (const precision of options.precisions.split(",")) {
  const quantization = precision === "f32" ? undefined : precision;
  const { model } = await openModel(modelPath(options.shape), { quantization });
  const engine = await createEngine(model, { threads, weights: "moved" });
  for (const way of Object.keys(ways)) await measure(engine, way); // warms up
  for (let round = 1; round <= repeats; round++) {
    for (const way of Object.keys(ways)) {
      const one = { shape: options.shape, precision, threads, way, round };
      measured.push({ ...one, ...(await measure(engine, way)) });
    }
  }
  engine.release();
}

const date = new Date().toISOString().slice(0, 10);
const machine = describeMachine();
const stem = stemOf({ date, machine, kind: "-sampling" });
const keyOf = ({ shape, precision, threads, way }) => [shape, precision, threads, way].join("|");
const runs = options.save ? withSaved(stem, measured, keyOf) : measured;
const shapes = JSON.parse(await readFile(new URL("shapes.json", import.meta.url), "utf8"));
const rows = [...new Set(runs.map(keyOf))].map((key) => {
  const own = runs.filter((run) => keyOf(run) === key);
  const [modelMs, restMs] = ["modelMs", "restMs"].map((name) =>
    medianOf(own.map((run) => run[name])),
  );
  const share = (100 * restMs) / (modelMs + restMs);
  const { shape, precision, way } = own[0];
  return [
    ...[shapes[shape].name, precision, way, modelMs.toFixed(2)],
    ...[(1000 * restMs).toFixed(0), `${share.toFixed(1)} %`],
  ];
});
const head = ["model", "weights", "what", "model, ms", "besides, µs", "of a token"];
const { cpu, cores, system, node } = machine;
const markdown = [
  `# Choosing and giving out a token, ${date}`,
  `${cpu}, ${cores} cores, ${system}, Node ${node}, ${threads} threads. Medians of ${repeats} texts of ${tokens} tokens behind ` +
    `${prompt}; sampled: temperature ${sampling.temperature}, top-k ${sampling.topK}, top-p ${sampling.topP}.`,
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n"),
].join("\n\n");
console.log(markdown);
if (options.save) save(stem, { date, machine, runs }, markdown);
process.exit(0);
