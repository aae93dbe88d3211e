// From the records of all runs to one table per shape.

import { medianOf } from "../median.mjs";

const reference = "node-llama-cpp";
const figures = ["prefill", "decode", "firstTokenMs", "peakRssBytes"];

/** One row per contender of a case: medians over the rounds, ratios to node-llama-cpp's same round. */
export function summarize(records, { shape, precision, batch }) {
  const own = records.filter(
    (one) => one.shape === shape && one.precision === precision && one.batch === batch,
  );
  return [...new Set(own.map(({ contender }) => contender))].map((contender) => {
    const runs = own.filter((one) => one.contender === contender);
    const problem = runs.find(({ skipped, error }) => skipped ?? error);
    if (problem) return { contender, problem: problem.skipped ?? problem.error };
    const row = { contender, version: runs[0].version };
    for (const figure of figures) {
      row[figure] = medianOf(runs.map((one) => one[figure]));
      row[`${figure}Ratio`] = ratiosOf(runs, own, figure);
    }
    return row;
  });
}

function ratiosOf(runs, all, figure) {
  const ratios = runs.flatMap((run) => {
    const peer = all.find(({ contender, round }) => contender === reference && round === run.round);
    return peer?.[figure] ? [run[figure] / peer[figure]] : [];
  });
  if (ratios.length === 0) return undefined;
  return { median: medianOf(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}

/** A Markdown table of the cases of one shape. */
export function tableOf(cases) {
  const ratio = "×";
  const head = [
    ...["weights", "batch", "contender", "prefill", ratio, "decode", ratio, "limit"],
    ...["first token, ms", "peak memory, MB", ratio],
  ];
  const rows = cases.flatMap(({ precision, batch, limit, rows }) =>
    rows.map((row) => [precision, batch, ...cellsOf(row, limit)]),
  );
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function cellsOf(row, limit) {
  const name = row.version ? `${row.contender} ${row.version}` : row.contender;
  if (row.problem) return [name, row.problem.replaceAll(/\s+/g, " "), ...Array(7).fill("")];
  return [
    name,
    Math.round(row.prefill),
    times(row.prefillRatio),
    row.decode.toFixed(1),
    times(row.decodeRatio),
    Math.round(limit),
    Math.round(row.firstTokenMs),
    Math.round(row.peakRssBytes / 1e6),
    times(row.peakRssBytesRatio),
  ];
}

function times(ratio) {
  if (!ratio) return "";
  const [median, min, max] = [ratio.median, ratio.min, ratio.max].map((one) => one.toFixed(2));
  return min === max ? median : `${median} (${min}–${max})`;
}
