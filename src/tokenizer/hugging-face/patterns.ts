import { UserError } from "../../errors.ts";
import { Fields } from "./fields.ts";
import { escapePattern, regExpOf } from "./oniguruma.ts";

/** The global expression of a component's field `pattern`: `{"String": …}` is matched as it is, `{"Regex": …}` is Oniguruma's. */
export function readPattern(fields: Fields): RegExp {
  return patternOf(fields.take("pattern"), fields.where);
}

/** The same for the field's value. */
export function patternOf(json: unknown, where: string): RegExp {
  const fields = new Fields(json, `${where}: pattern`);
  const text = fields.take("String");
  const regex = fields.take("Regex");
  fields.done();
  if (typeof text === "string") return new RegExp(escapePattern(text), "gv");
  if (typeof regex === "string") return regExpOf(regex);
  throw new UserError(
    `${where}: expected a pattern with "String" or "Regex", got neither. Get the published file again.`,
  );
}

/** The text of a pattern that is matched as it is. */
export function literalOf(json: unknown): string | undefined {
  const isLiteral = typeof json === "object" && json !== null && "String" in json;
  return isLiteral && typeof json.String === "string" ? json.String : undefined;
}
