// Encoding speed: every contender in a fresh process for every corpus, in turn, round by round.

import { medianOf } from "../median.mjs";
import { contenders, outcomeOf, runScript } from "./contenders.mjs";
import { corpusNames, corpusPath } from "./corpora.mjs";
import { makeRankFiles } from "./rank-files.mjs";

const isSlow = ({ cold }) => cold.sizeBytes / cold.ms < 5000; // bytes per ms: under 5 MB/s one round tells enough

/** Records `{ corpus, round, contender, … }` of all runs. */
export async function measureSpeed({ only, repeats, limit, say }) {
  const env = { TIKTOKEN_CACHE_DIR: await makeRankFiles() };
  const records = [];
  for (const corpus of corpusNames) {
    let running = contenders.filter(({ name }) => only.includes(name));
    for (let round = 1; round <= repeats; round++) {
      for (const contender of running) {
        const args = [
          "--encoder",
          contender.name,
          "--corpus",
          corpusPath(corpus),
          "--limit",
          limit,
        ];
        const { lines, ...problem } = outcomeOf(
          await runScript("encode", contender, args, { env }),
        );
        const record = { corpus, round, contender: contender.name, ...problem, ...lines?.at(-1) };
        say(`${corpus} ${round}/${repeats} ${contender.name}: ${wordsOf(record)}`);
        records.push(record);
        if (!lines || isSlow(record)) running = running.filter((one) => one !== contender);
      }
    }
  }
  return records;
}

const megabytesPerSecond = ({ sizeBytes, ms }) => sizeBytes / ms / 1000;

function wordsOf({ skipped, error, cold, warm }) {
  if (skipped ?? error) return skipped ? `skipped, ${skipped}` : `failed, ${error}`;
  return `${megabytesPerSecond(cold).toFixed(1)} / ${megabytesPerSecond(warm).toFixed(1)} MB/s`;
}

/** One row per contender: medians over the rounds. */
export function summarizeSpeed(records) {
  const isMeasured = ({ name }) => records.some(({ contender }) => contender === name);
  const names = contenders.filter(isMeasured).map(({ name }) => name);
  return names.map((name) => {
    const own = records.filter(({ contender }) => contender === name);
    const problem = own.find(({ skipped, error }) => skipped ?? error);
    if (problem) return { contender: name, skipped: problem.skipped, error: problem.error };
    const corpora = corpusNames.map((corpus) => {
      const runs = own.filter((run) => run.corpus === corpus);
      const medianSpeed = (pass) => medianOf(runs.map((run) => megabytesPerSecond(run[pass])));
      const [{ cold, warm }] = runs;
      return [
        corpus,
        {
          cold: medianSpeed("cold"),
          warm: medianSpeed("warm"),
          runs: runs.length,
          numTokens: cold.numTokens,
          isWhole: cold.sizeBytes === warm.sizeBytes && cold.sizeBytes > 9_999_990,
        },
      ];
    });
    return {
      ...{ contender: name, version: own[0].version, corpora: Object.fromEntries(corpora) },
      loadMs: medianOf(own.map(({ loadMs }) => loadMs)),
      peakRssBytes: Math.max(...own.map(({ peakRssBytes }) => peakRssBytes)),
    };
  });
}

/** A table of `summarizeSpeed`'s rows, and how the first compares with the best of the others. */
export function speedTable(rows) {
  const measured = rows.filter(({ corpora }) => corpora);
  const head = [
    "encoder",
    ...corpusNames.flatMap((name) => [`${name} cold`, "warm"]),
    "load, ms",
    "peak memory, MB",
    "runs",
  ];
  const lines = rows.map((row) => {
    if (!row.corpora) return [row.contender, row.skipped ? `skipped: ${row.skipped}` : "failed"];
    const speeds = corpusNames.flatMap((name) => {
      const { cold, warm, isWhole } = row.corpora[name];
      return [`${cold.toFixed(1)}${isWhole ? "" : "\u00a0*"}`, warm.toFixed(1)];
    });
    const runs = Object.values(row.corpora).map((corpus) => corpus.runs);
    return [
      `${row.contender} ${row.version}`,
      ...speeds,
      Math.round(row.loadMs),
      Math.round(row.peakRssBytes / 1e6),
      Math.min(...runs) === Math.max(...runs) ? runs[0] : runs.join(", "),
    ];
  });
  return [
    ...[head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`),
    "",
    ...ratioLines(measured),
  ].join("\n");
}

/** How many times as fast as native tiktoken, and as the best that JavaScript can call, the first row is. */
function ratioLines([own, ...others]) {
  if (own?.contender !== "scratchlm") return [];
  const callable = others.filter(
    ({ contender }) => !contenders.find(({ name }) => name === contender).isPython,
  );
  return corpusNames.flatMap((corpus) => {
    const speedOf = (row) => row.corpora[corpus].cold;
    const best = callable.toSorted((a, b) => speedOf(b) - speedOf(a))[0];
    const native = others.find(({ contender }) => contender === "tiktoken-native");
    const times = (row) => `${(speedOf(own) / speedOf(row)).toFixed(2)} × ${row.contender}`;
    return [`- ${corpus}, cold: ${[best, native].filter(Boolean).map(times).join(", ")}`];
  });
}
