// Our trainer: node train.mjs --corpus FILE --vocab-size N --out FILE, as train.py trains; the merges go to FILE, a line each.
// With --text FILE in place of --corpus, a text is read as it is trained on.

import { createReadStream, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { peakRssBytes } from "../peak-memory.mjs";
import { versionOf } from "./encoders.mjs";

const text = { type: "string" };
const { values } = parseArgs({
  options: { corpus: text, text, out: text, pattern: text, "vocab-size": text },
});
const { trainBytePair } = await import("../../dist/tokenizer/index.js");
const inMemory = values.corpus && JSON.parse(readFileSync(values.corpus, "utf8"));
const documents = inMemory ?? [createReadStream(values.text, "utf8")];

const rssBeforeBytes = process.memoryUsage.rss();
const start = performance.now();
const tokenizer = await trainBytePair(documents, {
  vocabSize: Number(values["vocab-size"]),
  pattern: values.pattern,
});
const ms = performance.now() - start;
const memory = { rssBeforeBytes, peakRssBytes: peakRssBytes() };

const pattern =
  /'(?:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/giu;
const words = new Set(inMemory?.flatMap((document) => document.match(pattern)));
const distinct = { numWords: words.size, wordBytes: Buffer.byteLength([...words].join("")) };

const merges = tokenizer.toJson().model.merges;
writeFileSync(values.out, merges.map(([left, right]) => `${left} ${right}\n`).join(""));
const measured = { ms, ...memory, ...(inMemory && distinct) };
console.log(JSON.stringify({ version: versionOf("scratchlm"), ...measured }));
