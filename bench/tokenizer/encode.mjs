// One encoder in JavaScript over one corpus: node encode.mjs --encoder NAME --corpus FILE --limit SECONDS.
// Prints as its last line what the vocabulary took to load, and what a first and a second pass took.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { peakRssBytes } from "../peak-memory.mjs";
import { encoders, versionOf } from "./encoders.mjs";

const { values } = parseArgs({
  options: {
    encoder: { type: "string" },
    corpus: { type: "string" },
    limit: { type: "string", default: "60" },
  },
});
const { encoder: name, corpus, limit } = values;

const documents = JSON.parse(readFileSync(corpus, "utf8"));
const rssBeforeBytes = peakRssBytes();

const loadStart = performance.now();
const encode = await encoders[name]();
encode("Hello"); // what is loaded at the first call is part of loading
const loadMs = performance.now() - loadStart;

const cold = pass();
const warm = pass();
const memory = { rssBeforeBytes, peakRssBytes: peakRssBytes() };
console.log(JSON.stringify({ version: versionOf(name), loadMs, cold, warm, ...memory }));

/** Encodes all documents, or those that the limit leaves time for. */
function pass() {
  let numTokens = 0;
  let sizeBytes = 0;
  const start = performance.now();
  const end = start + Number(limit) * 1000;
  for (const document of documents) {
    numTokens += encode(document).length;
    sizeBytes += Buffer.byteLength(document);
    if (performance.now() > end) break;
  }
  return { ms: performance.now() - start, sizeBytes, numTokens };
}
