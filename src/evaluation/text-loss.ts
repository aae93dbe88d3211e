/** @file How well a model that is ready to write predicts a given text: what its perplexity is made of. */
import type { TokenSource } from "../data/index.ts";
import { logSumExp } from "../generation/index.ts";
import type { Engine } from "../generation/index.ts";
import { Pacer } from "../runtime/index.ts";

export interface TextLossOptions {
  /** Tokens of a window, which is read by itself; default the engine's context. */
  readonly windowLength?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (doneTokens: number, totalTokens: number) => void;
}

export interface TextLoss {
  /** Mean of −ln p over the tokens that were predicted, in nats; NaN when there are none. */
  readonly loss: number;
  /** All but the first of each window. */
  readonly numPredicted: number;
}

/** Tokens whose logits are held at once. */
const stretch = 64;

/** Scores `tokens` in windows that follow each other, in the engine's first row. */
export async function textLoss(
  engine: Engine,
  tokens: TokenSource,
  { windowLength = engine.contextLength, signal, onProgress }: TextLossOptions = {},
): Promise<TextLoss> {
  const scorer = new WindowScorer(engine, signal);
  let total = 0;
  let numPredicted = 0;
  for (let start = 0; start < tokens.length; start += windowLength) {
    const window = new Int32Array(Math.min(windowLength, tokens.length - start));
    tokens.read(start, window.length, window);
    total += await scorer.sum(window);
    numPredicted += window.length - 1;
    onProgress?.(start + window.length, tokens.length);
  }
  return { loss: total / numPredicted, numPredicted };
}

/** Adds up the losses of windows. */
class WindowScorer {
  readonly #engine: Engine;
  readonly #signal: AbortSignal | undefined;
  readonly #others: readonly number[][];
  readonly #pacer = new Pacer();

  constructor(engine: Engine, signal: AbortSignal | undefined) {
    this.#engine = engine;
    this.#signal = signal;
    this.#others = Array.from({ length: engine.batchSize - 1 }, () => []);
  }

  /** The sum of −ln p of each id but the first. */
  async sum(ids: Int32Array): Promise<number> {
    const { vocabSize: V } = this.#engine;
    this.#engine.truncate(0, 0);
    let total = 0;
    const last = ids.length - 1; // nothing follows it
    for (let start = 0; start < last; start += stretch) {
      const end = Math.min(start + stretch, last);
      const [logits] = await this.#engine.append([ids.subarray(start, end), ...this.#others], {
        everyPosition: true,
        signal: this.#signal,
      });
      for (let at = start; at < end; at++) {
        const row = logits!.subarray((at - start) * V, (at - start + 1) * V);
        total += logSumExp(row) - row[ids[at + 1]];
        await this.#pacer.rest();
      }
    }
    return total;
  }
}
