import { UserError } from "../errors.ts";

/** Checks a size or a count. */
export function positiveInteger(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new UserError(`${name}: expected a whole number above 0, got ${value}. Choose another.`);
}
