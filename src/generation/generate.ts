/** @file The decoding loop: one token after another, streamed. */
import { UserError } from "../errors.ts";
import type { Engine } from "./engine.ts";
import { greedy } from "./sampler.ts";
import type { Sampler } from "./sampler.ts";

export interface GenerateOptions {
  readonly maxNewTokens: number;
  /** How a token is chosen; greedy unless said. */
  readonly sample?: Sampler;
  /** Ids that end the text; they are not part of it. */
  readonly stopIds?: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yields the ids that follow `prompt`, each as soon as it is chosen, written in the engine's first row. A text longer than
 * the context slides: only its end is seen, and read anew for each token.
 */
export async function* generate(
  engine: Engine,
  prompt: ArrayLike<number>,
  { maxNewTokens, sample = greedy, stopIds = [], signal }: GenerateOptions,
): AsyncGenerator<number> {
  if (prompt.length === 0) {
    throw new UserError("generate: expected a prompt of at least one token, got none.");
  }
  const ids = Array.from(prompt);
  engine.truncate(0, 0);
  for (let count = 0; count < maxNewTokens && !signal?.aborted; count++) {
    const id = sample(await nextLogits(engine, ids));
    if (stopIds.includes(id)) return;
    yield id;
    ids.push(id);
  }
}

/** Lets the first row, which holds the beginning of `ids`, read the rest. */
async function nextLogits(engine: Engine, ids: readonly number[]): Promise<Float32Array> {
  const { batchSize, contextLength } = engine;
  if (ids.length > contextLength) engine.truncate(0, 0);
  const seen = ids.slice(-contextLength);
  const others = Array.from({ length: batchSize - 1 }, () => []);
  const [logits] = await engine.append([seen.slice(engine.lengthOf(0)), ...others]);
  return logits!;
}
