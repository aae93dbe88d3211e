/** @file The decoding loop: one token after another, streamed. */
import { UserError } from "../errors.ts";
import type { NextToken } from "./next-token.ts";
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

/** Yields the ids that follow `prompt`, each as soon as it is chosen. A text longer than the context slides. */
export async function* generate(
  next: NextToken,
  prompt: ArrayLike<number>,
  { maxNewTokens, sample = greedy, stopIds = [], signal }: GenerateOptions,
): AsyncGenerator<number> {
  if (prompt.length === 0) {
    throw new UserError("generate: expected a prompt of at least one token, got none.");
  }
  const ids = Array.from(prompt);
  for (let count = 0; count < maxNewTokens && !signal?.aborted; count++) {
    const id = sample(await next(ids));
    if (stopIds.includes(id)) return;
    yield id;
    ids.push(id);
  }
}
