// From the records of all runs to one table per shape.

import { medianOf } from "../median.mjs";

const reference = "node-llama-cpp";
const figures = ["prefill", "decode", "firstTokenMs", "peakRssBytes"];

const caseOf = ({ shape, precision, batch }) => [shape, precision, batch].join(" ");

/** The cases of some runs in the order of the shapes, each with the fastest reading of memory that was seen. */
export function casesOf(runs, shapes) {
  const cases = new Map();
  for (const { shape, precision, batch, bandwidth } of runs) {
    const one = { shape, precision, batch };
    const known = cases.get(caseOf(one))?.bandwidth ?? 0;
    cases.set(caseOf(one), { ...one, bandwidth: Math.max(known, bandwidth) });
  }
  const precisions = ["f32", "q8", "q4"];
  const rank = ({ shape, precision, batch }) =>
    1e6 * shapes.indexOf(shape) + 1e3 * precisions.indexOf(precision) + Number(batch);
  return [...cases.values()].sort((a, b) => rank(a) - rank(b));
}

/** The machine, and how the runs were made. */
export function machineLine({ cpu, cores, memoryGb, system, node }, runs) {
  const spanOf = (numbers, digits) => {
    const ends = [Math.min(...numbers), Math.max(...numbers)].map((one) => one.toFixed(digits));
    return [...new Set(ends)].join("–");
  };
  const threads = spanOf(
    runs.map((run) => Number(run.threads)),
    0,
  );
  const rounds = Math.max(...runs.map(({ round }) => round));
  const gigabytes = spanOf(
    runs.map(({ bandwidth }) => bandwidth / 1e9),
    1,
  );
  return (
    `${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}. ${threads} threads, rounds: ${rounds}; medians, in ` +
    `brackets the least and greatest ratio of a round. Memory is read at ${gigabytes} GB/s. Tokens a second.`
  );
}

/** One row per contender of a case: medians over the rounds, ratios to node-llama-cpp's same round. */
export function summarize(records, one) {
  const own = records.filter((record) => caseOf(record) === caseOf(one));
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
