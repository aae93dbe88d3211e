/** @file What a text is held to while it is written: a regular expression, a JSON schema. */
import type { LogitsFilter, TextSoFar } from "./sampler.ts";

/** Belongs to one text: it follows what is written. */
export interface Constraint {
  /** Does in slices what `filter` would otherwise do at once; may be called as soon as a token is chosen. */
  prepare(text: TextSoFar): Promise<void>;
  /** Rules out the tokens with which the text could not become right; the first filter of a chain. */
  readonly filter: LogitsFilter;
  /** Whether the text is right and nothing can follow. */
  isComplete(text: TextSoFar): boolean;
}
