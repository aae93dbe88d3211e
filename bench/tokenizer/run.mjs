// The tokenizer against its rivals, a section at a time; what is saved is merged with the sections saved that day.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { describeMachine, machineWords } from "../machine.mjs";
import { bundleTable, measureBundles } from "./bundles.mjs";
import { contenders } from "./contenders.mjs";
import { makeCorpora } from "./corpora.mjs";
import { distinctWordsTable, measureDistinctWords } from "./distinct-words.mjs";
import { equalityList, measureEquality } from "./equality.mjs";
import { hardTable, measureHardInputs } from "./hard-inputs.mjs";
import { measurePrepare, prepareTable } from "./prepare.mjs";
import { measureSpeed, speedTable, summarizeSpeed } from "./speed.mjs";
import { measureTraining, trainingTable } from "./training.mjs";

/** Each measures records and shows them. */
const sections = {
  speed: {
    title: "Encoding speed, MB/s",
    measure: measureSpeed,
    show: (records) => speedTable(summarizeSpeed(records)),
  },
  equality: {
    title: "Ids equal to native tiktoken's",
    measure: measureEquality,
    show: equalityList,
  },
  hard: {
    title: "100 KB without a place to split",
    measure: measureHardInputs,
    show: hardTable,
  },
  training: {
    title: "Training a vocabulary of 8192",
    measure: measureTraining,
    show: trainingTable,
  },
  words: {
    title: "Memory of training by distinct words",
    measure: measureDistinctWords,
    show: distinctWordsTable,
  },
  prepare: {
    title: "prepare, one thread and one for each core",
    measure: measurePrepare,
    show: prepareTable,
  },
  bundles: { title: "In a browser bundle", measure: measureBundles, show: bundleTable },
};

const allNames = contenders.map(({ name }) => name);

const usage = `node bench/tokenizer/run.mjs [options]
  --sections NAMES    some of ${Object.keys(sections).join(",")}; default all
  --only NAMES        some of ${allNames.join(",")}
  --repeats N         rounds of the speed and training sections; default 3; encoders under 5 MB/s get one
  --limit SECONDS     when to stop a pass over a corpus; default 10
  --hard-limit SECONDS  when to stop on a hard input; default 5
  --save              write results/<date>-<machine>.json and .md`;

function stop(message, code = 1) {
  console[code === 0 ? "log" : "error"](message);
  process.exit(code);
}

function readOptions() {
  const text = (value) => ({ type: "string", default: value });
  const { values } = parseArgs({
    options: {
      sections: text(Object.keys(sections).join(",")),
      only: text(allNames.join(",")),
      repeats: text("3"),
      limit: text("10"),
      "hard-limit": text("5"),
      save: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) stop(usage, 0);
  const wanted = namesIn("--sections", values.sections, Object.keys(sections));
  const only = namesIn("--only", values.only, allNames);
  const [repeats, limit, hardLimit] = ["repeats", "limit", "hard-limit"].map((name) => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number >= 1) return number;
    return stop(`--${name}: expected a whole number of at least 1, got "${values[name]}".`);
  });
  return { wanted, only, repeats, limit, hardLimit, save: values.save };
}

function namesIn(flag, list, known) {
  const names = list.split(",");
  const stranger = names.find((name) => !known.includes(name));
  if (stranger !== undefined) stop(`${flag}: expected some of ${known}, got "${stranger}".`);
  return names;
}

const date = new Date().toISOString().slice(0, 10);
const machine = describeMachine();
const folder = new URL("results/", import.meta.url);
const stem = `${date}-${machineWords(machine)}`;

/** What was saved today on this machine, so that sections may be measured one by one. */
function savedSections() {
  const path = new URL(`${stem}.json`, folder);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).sections : {};
}

function markdownOf({ corpora, sections: measured }) {
  const { cpu, cores, memoryGb, system, node } = machine;
  const sizes = corpora.map(({ name, sha256 }) => `${name} ${sha256.slice(0, 12)}`);
  const parts = Object.entries(sections).filter(([name]) => measured[name]);
  return [
    `# Tokenizer, ${date}`,
    `${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}. Corpora of 10 MB (SHA-256): ${sizes.join(", ")}.`,
    ...parts.map(([name, { title, show }]) => `## ${title}\n\n${show(measured[name].records)}`),
  ].join("\n\n");
}

const options = readOptions();
const corpora = makeCorpora();
const say = (line) => process.stderr.write(`${line}\n`);
const measured = options.save ? savedSections() : {};
for (const name of options.wanted) {
  const { repeats, limit, hardLimit } = options;
  const before = measured[name]?.records ?? []; // of contenders that are left out this time
  const kept = before.filter(({ contender = "scratchlm" }) => !options.only.includes(contender));
  const records = [...(await sections[name].measure({ ...options, say })), ...kept];
  measured[name] = { options: { repeats, limit, hardLimit }, records };
}
const result = { date, machine, corpora, sections: measured };
const markdown = markdownOf(result);
console.log(markdown);
if (options.save) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${stem}.json`, folder), `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(new URL(`${stem}.md`, folder), `${markdown}\n`);
  say(`written to bench/tokenizer/results/${stem}.json and .md`);
}
const isFailed = ({ error, difference }) => error !== undefined || difference !== undefined;
const ownRecords = options.wanted.flatMap((name) => measured[name].records);
if (ownRecords.some((one) => isFailed(one) && (one.contender ?? "scratchlm") === "scratchlm"))
  process.exitCode = 1;
