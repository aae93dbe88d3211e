// `scratchlm prepare` with one thread and with one for each core, in turn: wall-clock seconds of the whole program.

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { medianOf } from "../median.mjs";
import { outputOf } from "../output-of.mjs";
import { corpusNames, corpusPath } from "./corpora.mjs";

const program = fileURLToPath(new URL("../../bin/scratchlm.js", import.meta.url));
const sizesMb = [30, 210];
const threads = [1, availableParallelism()];

/** Records `{ sizeBytes, round, numThreads, ms, readMs, numTokens }`; the text is the three corpora, one after the other, again and again. */
export async function measurePrepare({ repeats, say }) {
  const folder = mkdtempSync(join(tmpdir(), "scratchlm-prepare-"));
  const text = corpusNames.map((name) => JSON.parse(readFileSync(corpusPath(name))).join("\n"));
  const records = [];
  try {
    for (const sizeMb of sizesMb) {
      const path = join(folder, `${sizeMb}.txt`);
      const sizeBytes = writeTimes(path, text.join("\n"), sizeMb / 30);
      for (let round = 1; round <= repeats; round++) {
        for (const numThreads of threads) {
          const record = {
            sizeBytes,
            round,
            numThreads,
            ...(await runOnce(folder, path, numThreads)),
          };
          say(
            `${sizeMb} MB ${round}/${repeats}, ${numThreads} threads: ${record.error ?? record.ms.toFixed(0)} ms`,
          );
          records.push(record);
        }
      }
      rmSync(path);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return records;
}

function writeTimes(path, text, times) {
  const file = openSync(path, "w");
  let size = 0;
  for (let i = 0; i < times; i++) size += writeSync(file, text);
  closeSync(file);
  return size;
}

async function runOnce(folder, path, numThreads) {
  const out = join(folder, "tokens");
  const words = ["prepare", "--encoding", "o200k_base", "--end-of-text", "none", "--json"];
  const start = performance.now();
  const args = [program, ...words, "--threads", String(numThreads), "--out", out, path];
  const { code, stdout, stderr } = await outputOf(process.execPath, args);
  const ms = performance.now() - start;
  rmSync(out, { recursive: true, force: true });
  if (code !== 0) return { error: stderr.trim().slice(-500) };
  const { readMs, numTokens } = JSON.parse(stdout);
  return { ms, readMs, numTokens };
}

/** A row for each size: seconds of the whole program, those of reading and encoding alone, and the ratios; medians. */
export function prepareTable(records) {
  const sizes = [...new Set(records.map(({ sizeBytes }) => sizeBytes))];
  const [few, many] = threads;
  const rows = sizes.map((size) => {
    const cells = ["ms", "readMs"].flatMap((field) => {
      const [one, all] = threads.map((count) => {
        const runs = records.filter(
          (run) => run.sizeBytes === size && run.numThreads === count && run.ms,
        );
        return medianOf(runs.map((run) => run[field] / 1000));
      });
      return [one.toFixed(2), all.toFixed(2), `${(one / all).toFixed(2)} ×`];
    });
    return [(size / 1e6).toFixed(0), ...cells];
  });
  const heads = ["MB", `${few} thread, s`, `${many} threads, s`, "ratio"];
  const all = [
    ...heads,
    `${few} thread, s without start`,
    `${many} threads, s without start`,
    "ratio",
  ];
  return [all, all.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
