// From the records of all runs to one table per shape.

import { medianOf } from "../median.mjs";

const reference = "pytorch";

/** One row per contender of a shape: medians over the rounds, ratios to PyTorch's same round. */
export function summarize(records, shape) {
  const ofShape = records.filter((record) => record.shape === shape);
  const names = [...new Set(ofShape.map(({ contender }) => contender))];
  return names.map((name) => rowOf(ofShape, name));
}

function rowOf(records, name) {
  const own = records.filter(({ contender }) => contender === name);
  const row = { contender: name, version: own.find(({ version }) => version)?.version };
  const problem = own.find(({ skipped, error }) => skipped ?? error);
  if (problem?.skipped) return { ...row, skipped: problem.skipped };
  if (problem?.error) return { ...row, error: problem.error };
  const overSeconds = own.find((run) => run.overSeconds && run.steps === 0)?.overSeconds;
  return {
    ...row,
    numRuns: own.length,
    stepsPerRun: own[0].steps,
    ...(overSeconds ? { overSeconds } : speedOf(own, records)),
    peakRssBytes: medianOf(own.map((run) => run.peakRssBytes)),
    peakRssRatio: ratios(own, records, (run) => run.peakRssBytes),
    loss: own[0].loss,
  };
}

function speedOf(own, records) {
  return {
    tokensPerSecond: medianOf(own.map((run) => run.tokensPerSecond)),
    tokensPerSecondRatio: ratios(own, records, (run) => run.tokensPerSecond),
    stepMs: {
      median: medianOf(own.map((run) => run.stepMs.median)),
      min: Math.min(...own.map((run) => run.stepMs.min)),
    },
  };
}

/** Median, least and greatest of own / PyTorch's value of the same round; none without PyTorch. */
function ratios(own, records, valueOf) {
  const pairs = own.flatMap((run) => {
    const peer = records.find((r) => r.contender === reference && r.round === run.round);
    return peer?.tokensPerSecond ? [valueOf(run) / valueOf(peer)] : [];
  });
  if (pairs.length === 0) return undefined;
  return { median: medianOf(pairs), min: Math.min(...pairs), max: Math.max(...pairs) };
}

/** A Markdown table of `summarize`'s rows. */
export function tableOf(rows, shape) {
  const ratio = `× ${reference}`;
  const speed = ["tokens/s", ratio, "step, ms: median (best)"];
  const head = ["contender", ...speed, "peak memory, MB", ratio, "loss", "runs × steps"];
  const lines = [head, head.map(() => "---"), ...rows.map((row) => cellsOf(row, shape))];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function cellsOf(row, { batchSize, numTokens }) {
  const name = row.version ? `${row.contender} ${row.version}` : row.contender;
  if (row.skipped) return [name, `skipped: ${row.skipped}`, ...Array(6).fill("")];
  if (row.error) return [name, `failed: ${headOf(row.error)}`, ...Array(6).fill("")];
  const bound = (batchSize * numTokens) / row.overSeconds;
  const speed = row.overSeconds
    ? [`< ${precise(bound)}`, "", `a step over ${row.overSeconds} s`]
    : [precise(row.tokensPerSecond), times(row.tokensPerSecondRatio), stepTime(row.stepMs)];
  const memory = [Math.round(row.peakRssBytes / 1e6), times(row.peakRssRatio)];
  const loss = row.loss ? `${row.loss.first.toFixed(3)} → ${row.loss.last.toFixed(3)}` : "";
  return [name, ...speed, ...memory, loss, `${row.numRuns} × ${row.stepsPerRun}`];
}

/** The line of a stack that names the error. */
function headOf(error) {
  const lines = error.split("\n");
  return (lines.find((line) => /Error\b/.test(line)) ?? lines[0]).trim().replaceAll("|", "\\|");
}

const precise = (value) => (value < 10 ? value.toFixed(2) : String(Math.round(value)));
const stepTime = ({ median, min }) => `${Math.round(median)} (${Math.round(min)})`;

function times(ratio) {
  if (!ratio) return "";
  const range = ratio.min === ratio.max ? "" : ` (${digits(ratio.min)}–${digits(ratio.max)})`;
  return digits(ratio.median) + range;
}

const digits = (ratio) => (ratio < 0.1 ? ratio.toPrecision(1) : ratio.toFixed(2));
