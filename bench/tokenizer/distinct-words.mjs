// What training takes in memory as its distinct words get more: random words, each once, up to 2 million; ours and Hugging Face's.

import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { outcomeOf, runScript } from "./contenders.mjs";
import { cacheFolder } from "./corpora.mjs";

const trainers = [
  { name: "scratchlm", sizes: [250_000, 500_000, 1_000_000, 2_000_000] },
  { name: "tokenizers-native", isPython: true, sizes: [250_000, 500_000] },
];
const pattern = "\\s*[\\r\\n]+|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
const bytesBeside = 8; // of a word: where it ends, and how often it occurs

/** Records `{ contender, numWords, wordBytes, ms, peakRssBytes, rssBeforeBytes }`. */
export async function measureDistinctWords({ say }) {
  mkdirSync(cacheFolder, { recursive: true });
  const path = join(cacheFolder, "distinct-words.txt");
  const out = join(cacheFolder, "distinct-words.merges");
  const records = [];
  for (const { sizes, ...trainer } of trainers) {
    for (const numWords of sizes) {
      const wordBytes = writeWords(path, numWords);
      const named = trainer.isPython ? pattern : "cl100k"; // the same words: all are a space and letters
      const args = ["--text", path, "--vocab-size", 8192, "--out", out, "--pattern", named];
      const { lines, ...problem } = outcomeOf(await runScript("train", trainer, args));
      const { name: contender } = trainer;
      records.push({ contender, numWords, wordBytes, ...problem, ...lines?.at(-1) });
      say(`${numWords} words, ${contender}: ${JSON.stringify(lines?.at(-1) ?? problem)}`);
    }
  }
  for (const file of [path, out]) rmSync(file, { force: true });
  return records;
}

/** Writes words of 8 to 23 letters with a space before each; gives how many bytes they have. */
function writeWords(path, numWords) {
  const file = openSync(path, "w");
  let state = 1;
  const random = (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  let bytes = 0;
  let line = "";
  for (let i = 0; i < numWords; i++) {
    let word = " ";
    for (let rest = i; rest > 0; rest = Math.floor(rest / 26)) word += letter(rest % 26); // each is another
    for (let length = 8 + random(16); word.length <= length;) word += letter(random(26));
    bytes += word.length;
    line += word;
    if (line.length < 1 << 16 && i + 1 < numWords) continue;
    writeSync(file, `${line}\n`);
    line = "";
  }
  closeSync(file);
  return bytes;
}

const letter = (index) => String.fromCharCode(97 + index);

/** A row for each number of words, and for each trainer how many bytes a byte more of distinct words takes. */
export function distinctWordsTable(records) {
  const rows = records
    .filter(({ ms }) => ms)
    .map(({ contender, numWords, wordBytes, ms, ...memory }) => [
      ...[contender, numWords.toLocaleString("en"), megabytes(wordBytes)],
      ...[(ms / 1000).toFixed(2), megabytes(memory.peakRssBytes - memory.rssBeforeBytes)],
    ]);
  const heads = ["", "distinct words", "their bytes, MB", "s", "MB more"];
  const table = [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  const slopes = trainers.flatMap(({ name }) => slopeWords(name, records));
  return [...table, "", ...slopes].join("\n");
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

function slopeWords(name, records) {
  const own = records.filter(({ contender, ms }) => contender === name && ms);
  if (own.length < 2) return [];
  const taken = own.map(({ peakRssBytes, rssBeforeBytes }) => peakRssBytes - rssBeforeBytes);
  const bare = slopeOf(
    own.map(({ wordBytes }) => wordBytes),
    taken,
  );
  const kept = slopeOf(
    own.map(({ wordBytes, numWords }) => wordBytes + bytesBeside * numWords),
    taken,
  );
  return [
    `${name}: ${bare.toFixed(1)} bytes more for each byte of distinct words; ${kept.toFixed(1)} where ${bytesBeside} bytes are ` +
      `added to each word for its end and its count.`,
  ];
}

/** Of the straight line that is nearest to the points, by least squares. */
function slopeOf(xs, ys) {
  const mean = (values) => values.reduce((a, b) => a + b) / values.length;
  const [x, y] = [mean(xs), mean(ys)];
  const along = xs.reduce((sum, one, i) => sum + (one - x) * (ys[i] - y), 0);
  return along / xs.reduce((sum, one) => sum + (one - x) ** 2, 0);
}
