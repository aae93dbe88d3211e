// Training a vocabulary: ours against Hugging Face's, on the three corpora, each run in a fresh process, in turn.

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { medianOf } from "../median.mjs";
import { outcomeOf, runScript } from "./contenders.mjs";
import { cacheFolder, corpusNames, corpusPath } from "./corpora.mjs";

const trainers = [{ name: "scratchlm" }, { name: "tokenizers-native", isPython: true }];
const vocabSize = 8192;

// cl100k's way to cut words, in the syntax that Hugging Face's library reads.
const pattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** Records `{ corpus, round, contender, ms, peakRssBytes, rssBeforeBytes, numMerges, firstDifference }`. */
export async function measureTraining({ repeats, say }) {
  const records = [];
  for (const corpus of corpusNames) {
    for (let round = 1; round <= repeats; round++) {
      const merges = {};
      for (const trainer of trainers) {
        const out = join(cacheFolder, `${trainer.name}.merges`);
        const args = ["--corpus", corpusPath(corpus), "--vocab-size", vocabSize, "--out", out];
        const given = [...args, "--pattern", pattern];
        const { lines, ...problem } = outcomeOf(await runScript("train", trainer, given));
        const record = { corpus, round, contender: trainer.name, ...problem, ...lines?.at(-1) };
        if (lines) {
          merges[trainer.name] = readFileSync(out, "utf8").trimEnd().split("\n");
          record.numMerges = merges[trainer.name].length;
          rmSync(out);
        }
        say(`${corpus} ${round}/${repeats} ${trainer.name}: ${wordsOf(record)}`);
        records.push(record);
      }
      compareMerges(merges, records.at(-2));
    }
  }
  return records;
}

/** Notes in our record where our merges first differ from theirs. */
function compareMerges({ scratchlm: own, "tokenizers-native": theirs }, record) {
  if (!own || !theirs) return;
  const first = theirs.findIndex((merge, index) => merge !== own[index]);
  record.firstDifference = first === -1 && own.length === theirs.length ? null : first;
}

function wordsOf({ skipped, error, ms, peakRssBytes }) {
  if (skipped ?? error) return skipped ? `skipped, ${skipped}` : `failed, ${error}`;
  return `${(ms / 1000).toFixed(2)} s, ${Math.round(peakRssBytes / 1e6)} MB`;
}

/** A row per corpus: seconds and memory of both, and whether the merges are the same. */
export function trainingTable(records) {
  const rows = corpusNames.map((corpus) => {
    const [own, theirs] = trainers.map(({ name }) =>
      records.filter((one) => one.corpus === corpus && one.contender === name && one.ms),
    );
    const [ownTime, theirTime] = [own, theirs].map((runs) => middle(runs, ({ ms }) => ms));
    const [ownMemory, theirMemory] = [own, theirs].map((runs) =>
      middle(runs, ({ peakRssBytes, rssBeforeBytes }) => peakRssBytes - rssBeforeBytes),
    );
    const seconds = (ms) => (ms / 1000).toFixed(2);
    const megabytes = (bytes) => Math.round(bytes / 1e6);
    const ratio = (theirTime / ownTime).toFixed(1);
    const merges = own.every(({ firstDifference }) => firstDifference === null);
    const same = merges ? `all ${own[0]?.numMerges} the same` : "different";
    const times = [seconds(ownTime), seconds(theirTime), `${ratio} ×`];
    const words = (own[0]?.wordBytes / 1e6).toFixed(1);
    return [corpus, ...times, words, megabytes(ownMemory), megabytes(theirMemory), same];
  });
  const head = ["corpus", "scratchlm, s", "tokenizers, s", "ratio"];
  const heads = [
    ...head,
    "distinct words, MB",
    "scratchlm, MB more",
    "tokenizers, MB more",
    "merges",
  ];
  return [heads, heads.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

const middle = (runs, valueOf) => (runs.length > 0 ? medianOf(runs.map(valueOf)) : NaN);
