/** @file How large the ids of a vocabulary may be: tables by id are as long as the largest of them, whatever a file says. */
import { UserError } from "../../errors.ts";

/** Below this any id may be: four times the largest vocabulary that was ever published. */
const always = 2 ** 20;

/** Throws a UserError where `id`, of one of `count` tokens, would leave a table by id mostly empty. */
export function requireDenseId(id: number, content: string, count: number): void {
  const limit = Math.max(always, 2 * count);
  if (id < limit) return;
  throw new UserError(
    `tokenizer.json: expected ids below ${limit} for ${count} tokens, got ${id} for ${JSON.stringify(content)}. ` +
      `Get the published file again.`,
  );
}
