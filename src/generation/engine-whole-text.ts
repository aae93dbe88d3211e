/** @file The engine without a cache: each row is read anew as a whole. Slow, and the definition of what an engine answers. */
import type { Tensor } from "../graph/index.ts";
import { slice } from "../ops/index.ts";
import { compile, dimension } from "../runtime/index.ts";
import { requireAppendable, requireLimits, requireRow, requireTruncation } from "./engine-rows.ts";
import type { Engine, EngineOptions } from "./engine.ts";
import type { LanguageModel } from "./language-model.ts";

export async function createWholeTextEngine(
  model: LanguageModel,
  options: EngineOptions,
): Promise<Engine> {
  const { vocabSize } = model.config;
  const {
    batchSize = 1,
    contextLength = model.config.contextLength,
    weights,
    ...runtime
  } = options;
  const limits = { batchSize, contextLength, vocabSize };
  requireLimits(limits, model.config.contextLength);
  const T = dimension("T", Math.max(4, Math.min(model.config.contextLength, 16)));
  const parameters = weights === "live" ? "inputs" : "initializers";
  const compileWith = (pick: (hidden: Tensor) => Tensor) =>
    compile(
      (ids) => [model.logits(pick(model.hiddenStates(ids)))],
      [{ dtype: "int32", shape: [1, T] }],
      { ...runtime, parameters },
    );
  const last = await compileWith((hidden) => slice(hidden, { axis: 1, start: -1 }));
  let every: typeof last | undefined;
  const rows: number[][] = Array.from({ length: batchSize }, () => []);
  return {
    ...limits,
    cpuFallbacks: last.cpuFallbacks,
    lengthOf(row) {
      requireRow(row, batchSize);
      return rows[row].length;
    },
    truncate(row, length) {
      requireRow(row, batchSize);
      requireTruncation(row, length, rows[row].length);
      rows[row].length = length;
    },
    copyRow(from, to) {
      requireRow(from, batchSize);
      requireRow(to, batchSize);
      rows[to] = [...rows[from]];
    },
    async append(ids, { everyPosition = false, signal } = {}) {
      const lengths = rows.map(({ length }) => length);
      requireAppendable(ids, lengths, limits);
      const answers: (Float32Array | undefined)[] = [];
      for (const [row, added] of ids.entries()) {
        signal?.throwIfAborted();
        rows[row].push(...Array.from(added));
        if (added.length === 0) {
          answers.push(undefined);
          continue;
        }
        if (everyPosition) every ??= await compileWith((hidden) => hidden);
        const [{ data }] = await (everyPosition ? every! : last)(Int32Array.from(rows[row]));
        answers.push((data as Float32Array).subarray(everyPosition ? lengths[row] * vocabSize : 0));
      }
      return answers;
    },
    release() {
      last.release();
      every?.release();
    },
  };
}
