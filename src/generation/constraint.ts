/** @file What a text is held to while it is written: a regular expression, a JSON schema. */
import type { LogitsFilter, TextSoFar } from "./sampler.ts";

/** Belongs to one text: it follows what is written. */
export interface Constraint {
  /** Rules out the tokens with which the text could not become right; the first filter of a chain. */
  readonly filter: LogitsFilter;
  /** Whether the text is right and nothing can follow. */
  isComplete(text: TextSoFar): boolean;
}
