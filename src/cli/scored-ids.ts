/** @file What a model makes of given ids: the logits after each of them, and the loss of predicting each from those before. */
import { UserError } from "../errors.ts";
import { createEngine, logSumExp } from "../generation/index.ts";
import { openModel } from "../weights/index.ts";
import { modelPath } from "./model-path.ts";

export interface ScoredIds {
  /** Mean over all ids but the first of −ln p; null where there is but one. */
  readonly loss: number | null;
  /** `(T, V)`. */
  readonly logits: readonly (readonly number[])[];
}

/** Scores ids with the model that `name` leads to; it needs no tokenizer. */
export async function scoreIds(name: string, ids: readonly number[]): Promise<ScoredIds> {
  const path = await modelPath(name);
  const { model } = await openModel(path, { hasTokenizer: false, keepsBlocks: false });
  const { contextLength, vocabSize } = model.config;
  if (ids.length > contextLength) {
    throw new UserError(
      `--logits-for: expected at most ${contextLength} ids, the context, got ${ids.length}.`,
    );
  }
  const engine = await createEngine(model, { weights: "moved" });
  try {
    const [data] = await engine.append([ids], { everyPosition: true });
    const rows = ids.map((_, i) => data!.subarray(i * vocabSize, (i + 1) * vocabSize));
    return { loss: lossOf(rows, ids), logits: rows.map((row) => Array.from(row)) };
  } finally {
    engine.release();
  }
}

/** Lines for a person. */
export function describeScored({ loss, logits }: ScoredIds): string {
  const likeliest = logits.map((row) => row.indexOf(Math.max(...row)));
  const said =
    loss === null
      ? "none for one id"
      : `${loss.toFixed(6)} (perplexity ${Math.exp(loss).toFixed(3)})`;
  return `loss: ${said}\nlikeliest next ids: ${likeliest.join(",")}\n`;
}

function lossOf(rows: readonly Float32Array[], ids: readonly number[]): number | null {
  if (ids.length < 2) return null;
  const losses = ids.slice(1).map((id, i) => logSumExp(rows[i]) - rows[i][id]);
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}
