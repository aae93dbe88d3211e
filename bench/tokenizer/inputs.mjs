// Inputs on which byte-pair encoders are known to hang: one long piece without a place to split.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./corpora.mjs";

/** A generator of whole numbers below `bound` (Park and Miller's), the same on every machine. */
function randomNumbers(seed) {
  let state = seed;
  return (bound) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % bound;
  };
}

const below = randomNumbers(20_261_125);
const many = (length, make) => Array.from({ length }, make).join("");

/** Texts of 100,000 bytes. */
const inputs = {
  "one letter": "a".repeat(100_000),
  spaces: " ".repeat(100_000),
  "random letters": many(100_000, () => String.fromCharCode(97 + below(26))),
  Han: many(33_333, () => String.fromCharCode(0x4e00 + below(20_000))),
};

/** Writes every input beside its first half, as a JSON array; gives the paths by name. */
export function makeInputs() {
  const folder = join(cacheFolder, "inputs");
  mkdirSync(folder, { recursive: true });
  return Object.entries(inputs).map(([name, text]) => {
    const path = join(folder, `${name.replaceAll(" ", "-")}.json`);
    writeFileSync(path, JSON.stringify([text, text.slice(0, text.length / 2)]));
    return { name, path };
  });
}
