// Our trainer: node train.mjs --corpus FILE --pattern REGEX --vocab-size N --out FILE. The merges go to FILE, a line each, as
// `train.py` writes them.

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { peakRssBytes } from "../peak-memory.mjs";

const { values } = parseArgs({
  options: {
    corpus: { type: "string" },
    pattern: { type: "string" },
    "vocab-size": { type: "string" },
    out: { type: "string" },
  },
});

const { trainBytePair, wordCuts } = await import("../../dist/tokenizer/index.js");
const [pattern] = Object.entries(wordCuts).find(([, cut]) => cut.pattern === values.pattern);

const documents = JSON.parse(readFileSync(values.corpus, "utf8"));
const rssBeforeBytes = peakRssBytes();
const start = performance.now();
const options = { vocabSize: Number(values["vocab-size"]), minFrequency: 0, pattern };
const tokenizer = await trainBytePair(documents, options);
const ms = performance.now() - start;
const memory = { rssBeforeBytes, peakRssBytes: peakRssBytes() };

const { merges } = tokenizer.toJson().model;
writeFileSync(values.out, merges.map((merge) => `${merge.join(" ")}\n`).join(""));
console.log(JSON.stringify({ ms, ...memory }));
