/** @file A text while it is written: what it has, what comes next, and when it ends. */
import type { Decoded, DecodedEnd, DecodeRequest, FinishReason } from "./decode-request.ts";
import { logProbsOf } from "./log-probabilities.ts";
import { greedy } from "./sampler.ts";

export interface Writing {
  readonly request: DecodeRequest;
  /** Which of the requests it is. */
  readonly index: number;
  /** The row of the engine in which it is written. */
  readonly row: number;
  /** Prompt and what was written. */
  readonly ids: number[];
  readonly promptLength: number;
}

export function beginWriting(request: DecodeRequest, index: number, row: number): Writing {
  return {
    request,
    index,
    row,
    ids: Array.from(request.prompt),
    promptLength: request.prompt.length,
  };
}

/** Why a text may have no more tokens, if so. */
export function limitOf(
  { request, ids, promptLength }: Writing,
  contextLength: number,
): FinishReason | undefined {
  if (ids.length - promptLength >= request.maxNewTokens) return "length";
  return ids.length > contextLength && request.overflow === "refuse" ? "context" : undefined;
}

/** Chooses the next token of a text from the logits after it; says so, and whether the text ended. Without logits it was aborted. */
export function nextOf(writing: Writing, logits: Float32Array | undefined): Decoded[] {
  if (!logits) return [endOf(writing, "aborted")];
  const { request, index } = writing;
  const id = (request.sample ?? greedy)(logits, writing);
  if (request.stopIds?.includes(id)) return [endOf(writing, "stop")];
  writing.ids.push(id);
  const count = request.logProbs;
  const told = count === undefined ? {} : { logProbs: logProbsOf(logits, id, count) };
  const token = { request: index, id, ...told };
  return request.isFinal?.(writing) ? [token, endOf(writing, "stop")] : [token];
}

export function endOf({ index }: Writing, finishReason: FinishReason): DecodedEnd {
  return { request: index, finishReason };
}
