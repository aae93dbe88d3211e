/** @file The texts of an engine: what each row holds, and what may be appended to it. */
import { UserError } from "../errors.ts";

export interface Limits {
  readonly batchSize: number;
  readonly contextLength: number;
  readonly vocabSize: number;
}

/** Throws a UserError for numbers of which no engine can be made. */
export function requireLimits({ batchSize, contextLength }: Limits, longest: number): void {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new UserError(
      `engine: expected a batch size that is a whole number above 0, got ${batchSize}.`,
    );
  }
  if (longest < 4) {
    throw new UserError(
      `engine: expected a model with a context of 4 tokens or more, got ${longest}.`,
    );
  }
  if (Number.isInteger(contextLength) && contextLength >= 1 && contextLength <= longest) return;
  throw new UserError(
    `engine: expected a context length from 1 to ${longest}, the model's, got ${contextLength}.`,
  );
}

/** Throws a UserError unless `ids` can be appended to rows of these lengths. */
export function requireAppendable(
  ids: readonly ArrayLike<number>[],
  lengths: ArrayLike<number>,
  { batchSize, contextLength, vocabSize }: Limits,
): void {
  if (ids.length !== batchSize) {
    throw new UserError(`append: expected ids for ${batchSize} rows, got ${ids.length}.`);
  }
  for (const [row, added] of ids.entries()) {
    const total = lengths[row] + added.length;
    if (total > contextLength) {
      throw new UserError(
        `append: expected at most ${contextLength} tokens in a row, the context length, got ${total} in row ${row}. ` +
          `Truncate it, or give it a shorter text.`,
      );
    }
    for (let i = 0; i < added.length; i++) {
      if (Number.isInteger(added[i]) && added[i] >= 0 && added[i] < vocabSize) continue;
      throw new UserError(
        `append: expected ids from 0 to ${vocabSize - 1}, got ${added[i]} in row ${row}. ` +
          `Use the tokenizer that belongs to the model.`,
      );
    }
  }
}

/** Throws a UserError unless a row exists. */
export function requireRow(row: number, batchSize: number): void {
  if (Number.isInteger(row) && row >= 0 && row < batchSize) return;
  throw new UserError(`engine: expected a row from 0 to ${batchSize - 1}, got ${row}.`);
}

/** Throws a UserError unless a row of `held` tokens can be cut to `length`. */
export function requireTruncation(row: number, length: number, held: number): void {
  if (Number.isInteger(length) && length >= 0 && length <= held) return;
  throw new UserError(
    `truncate: expected a length from 0 to ${held}, which row ${row} holds, got ${length}.`,
  );
}
