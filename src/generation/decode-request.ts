/** @file What is asked of a model for one text, and what it answers token by token. */
import { UserError } from "../errors.ts";
import type { LogProbs } from "./log-probabilities.ts";
import type { Sampler, TextSoFar } from "./sampler.ts";

export interface DecodeRequest {
  readonly prompt: ArrayLike<number>;
  readonly maxNewTokens: number;
  /** How a token is chosen; greedy unless said. A sampler with a generator belongs to one text alone. */
  readonly sample?: Sampler | undefined;
  /** What is to be done before the next token is chosen, while the model reads. */
  readonly prepare?: ((text: TextSoFar) => Promise<void>) | undefined;
  /** Ids that end the text; they are not part of it. */
  readonly stopIds?: readonly number[] | undefined;
  /** Asked after each token: whether the text ends with it. */
  readonly isFinal?: ((text: TextSoFar) => boolean) | undefined;
  /** Log-probabilities of the chosen token, and of so many of the likeliest. */
  readonly logProbs?: number | undefined;
  /**
   * What to do about text beyond the context. `slide` (default): only its end is seen; where the context is full, half of it
   * is forgotten and the other half read anew. `refuse`: a longer prompt is a UserError, and a text that fills the context
   * ends there.
   */
  readonly overflow?: Overflow | undefined;
}

export type Overflow = "slide" | "refuse";

/**
 * Why a text ended: `stop`, of itself or at what was to end it; `length`, as long as asked; `context`, as long as the model can;
 * `aborted`, by the signal.
 */
export type FinishReason = "stop" | "length" | "context" | "aborted";

export interface DecodedToken {
  /** Which of the requests it belongs to. */
  readonly request: number;
  readonly id: number;
  readonly logProbs?: LogProbs;
}

export interface DecodedEnd {
  readonly request: number;
  readonly finishReason: FinishReason;
}

export type Decoded = DecodedToken | DecodedEnd;

/** Throws a UserError for what cannot be begun. */
export function requireRequest(
  { prompt, maxNewTokens, overflow = "slide", logProbs = 0 }: DecodeRequest,
  contextLength: number,
): void {
  if (prompt.length === 0) {
    throw new UserError("generate: expected a prompt of at least one token, got none.");
  }
  if (!(Number.isInteger(maxNewTokens) || maxNewTokens === Infinity) || maxNewTokens < 0) {
    throw new UserError(
      `generate: expected a number of new tokens of 0 or more, got ${maxNewTokens}.`,
    );
  }
  if (!Number.isInteger(logProbs) || logProbs < 0) {
    throw new UserError(`generate: expected a whole number of log-probabilities, got ${logProbs}.`);
  }
  if (overflow === "refuse" && prompt.length > contextLength) {
    throw new UserError(
      `generate: expected a prompt of at most ${contextLength} tokens, the context, got ${prompt.length}. ` +
        `Shorten it, or let the context slide.`,
    );
  }
}
