// One encoder on one hard input: node hard.mjs --encoder NAME --input FILE. Prints a line after each measurement, so
// that one which is stopped has said what it could: the whole input in a fresh process, then half and whole warm.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { encoders, versionOf } from "./encoders.mjs";

const { values } = parseArgs({
  options: { encoder: { type: "string" }, input: { type: "string" } },
});
const [whole, half] = JSON.parse(readFileSync(values.input, "utf8"));
const encode = await encoders[values.encoder]();
encode("Hello");

function timed(text) {
  const start = performance.now();
  const { length } = encode(text);
  return { ms: performance.now() - start, numTokens: length };
}

const best = (text) => Math.min(...Array.from({ length: 5 }, () => timed(text).ms));
const say = (line) => console.log(JSON.stringify(line));

say({ version: versionOf(values.encoder), coldMs: timed(whole).ms });
say({ halfMs: best(half) });
say({ wholeMs: best(whole), numTokens: timed(whole).numTokens });
