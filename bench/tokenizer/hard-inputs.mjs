// The hard inputs: every contender on each, in a fresh process that is stopped after some seconds.

import { contenders, outcomeOf, runScript } from "./contenders.mjs";
import { makeInputs } from "./inputs.mjs";
import { makeRankFiles } from "./rank-files.mjs";

const secondsToLoad = 3;

/** Records `{ input, contender, coldMs, halfMs, wholeMs, numTokens }`; what is missing was stopped after `overSeconds`. */
export async function measureHardInputs({ only, hardLimit, say }) {
  const env = { TIKTOKEN_CACHE_DIR: await makeRankFiles() };
  const options = { env, timeoutMs: (hardLimit + secondsToLoad) * 1000 };
  const records = [];
  for (const contender of contenders.filter(({ name }) => only.includes(name))) {
    for (const { name: input, path } of makeInputs()) {
      const args = ["--encoder", contender.name, "--input", path];
      const { lines, isTimeout, ...problem } = outcomeOf(
        await runScript("hard", contender, args, options),
      );
      const record = {
        input,
        contender: contender.name,
        ...problem,
        ...Object.assign({}, ...(lines ?? [])),
      };
      if (isTimeout) record.overSeconds = hardLimit;
      say(`${input} ${contender.name}: ${cellOf(record)}`);
      records.push(record);
      if (problem.skipped) break;
    }
  }
  return records;
}

function cellOf({ skipped, error, coldMs, halfMs, wholeMs, overSeconds }) {
  if (skipped) return `skipped: ${skipped}`;
  if (error)
    return `failed: ${error.split("\n").find((line) => /Error/.test(line)) ?? error}`.slice(0, 60);
  if (coldMs === undefined) return `over ${overSeconds} s`;
  const growth = wholeMs === undefined ? "" : `, × ${(wholeMs / halfMs).toFixed(1)}`;
  return `${coldMs < 1000 ? `${Math.round(coldMs)} ms` : `${(coldMs / 1000).toFixed(1)} s`}${growth}`;
}

/** A table, inputs across: time in a fresh process, and what twice the input costs once warm. */
export function hardTable(records) {
  const inputs = [...new Set(records.map(({ input }) => input))];
  const names = [...new Set(records.map(({ contender }) => contender))];
  const rows = names.map((name) => {
    const own = inputs.map((input) =>
      records.find((one) => one.contender === name && one.input === input),
    );
    return [name, ...own.map((record) => (record ? cellOf(record) : ""))];
  });
  const head = ["encoder", ...inputs];
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}
