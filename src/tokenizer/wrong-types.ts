/** @file What callers without TypeScript may get wrong: each argument of another type is an error that says which was expected. */
import { UserError } from "../errors.ts";

/** Throws unless it is a text. */
export function requireText(text: unknown): asserts text is string {
  if (typeof text === "string") return;
  throw new UserError(`encode: expected a string, got ${kindOf(text)}. Read the text first.`);
}

/** Throws unless it is a list of texts. */
export function requireTexts(texts: unknown): asserts texts is readonly string[] {
  if (Array.isArray(texts)) return;
  throw new UserError(
    `encodeBatch: expected a list of texts, got ${kindOf(texts)}. Use encode for one text.`,
  );
}

/** Throws unless it is a list of ids; what its members are is for the decoder to say. */
export function requireIds(ids: unknown): asserts ids is ArrayLike<number> {
  if (typeof ids === "object" && ids !== null && "length" in ids) return;
  throw new UserError(
    `decode: expected a list of token ids, got ${kindOf(ids)}. Write [id] for one id.`,
  );
}

/** Throws unless it is a number. */
export function requireLimit(limit: unknown): asserts limit is number {
  if (typeof limit === "number" && !Number.isNaN(limit)) return;
  const got = typeof limit === "number" ? "NaN" : kindOf(limit);
  throw new UserError(
    `isWithinLimit: expected a number of tokens, got ${got}. Convert the limit first.`,
  );
}

/** Whether a stream's parts come with time; throws unless they can be gone through at all. */
export function isAsync<T>(
  what: string,
  parts: Iterable<T> | AsyncIterable<T>,
): parts is AsyncIterable<T> {
  const object = Object(parts ?? {}); // a string can be gone through too
  if (Symbol.asyncIterator in object) return true;
  if (Symbol.iterator in object) return false;
  throw new UserError(`${what}: expected an iterable, got ${kindOf(parts)}. Write [x] for one x.`);
}

/** What an id that is none is called in a message. */
export function describeId(id: unknown): string {
  return typeof id === "number" ? String(id) : kindOf(id);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return `${/^[aeiou]/.test(typeof value) ? "an" : "a"} ${typeof value}`;
}
