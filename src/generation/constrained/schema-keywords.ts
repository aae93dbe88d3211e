/** @file The keywords of JSON schema that are followed, by the type that they speak of. */
import { UserError } from "../../errors.ts";

export type SchemaObject = Readonly<Record<string, unknown>>;
/** `true` allows everything, `false` nothing. */
export type Schema = SchemaObject | boolean;

export type JsonType = "null" | "boolean" | "integer" | "number" | "string" | "array" | "object";

const boundKeywords = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];

const keywordsOf: Readonly<Record<JsonType, readonly string[]>> = {
  null: [],
  boolean: [],
  integer: boundKeywords,
  number: boundKeywords,
  string: ["minLength", "maxLength", "pattern", "format"],
  array: ["prefixItems", "items", "minItems", "maxItems", "uniqueItems"],
  object: ["properties", "required", "additionalProperties"],
};

const combining = ["$ref", "const", "enum", "anyOf", "oneOf", "allOf", "type", "nullable"];
const followed = new Set([...combining, ...Object.values(keywordsOf).flat()]);

/** What says nothing about a text. */
const annotations = new Set(
  (
    "$schema $id $comment $defs $anchor definitions title description default example examples " +
    "deprecated readOnly writeOnly contentMediaType contentEncoding"
  ).split(" "),
);

/** Formats of text as expressions. Not all that a format allows is written (29 February is not), but all that is written fits. */
export const formats: Readonly<Record<string, string>> = {
  date: dateSource(),
  time: `${timeSource()}(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)`,
  "date-time": `${dateSource()}T${timeSource()}(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)`,
  email: `[\\da-z_+-]{1,16}(\\.[\\da-z_+-]{1,16}){0,2}@${hostSource()}`,
  hostname: hostSource(),
  ipv4: `${octetSource()}(\\.${octetSource()}){3}`,
  uri: `https?://${hostSource()}(/[\\w.~-]{1,32}){0,8}/?(\\?[\\w=&.~-]{1,64})?(#[\\w.~-]{1,32})?`,
  uuid: "[\\da-f]{8}-[\\da-f]{4}-[1-8][\\da-f]{3}-[89ab][\\da-f]{3}-[\\da-f]{12}",
};

/** The keywords of a schema that mean something. Throws a UserError that names one that is not followed. */
export function withoutAnnotations(schema: SchemaObject): SchemaObject {
  const said = Object.entries(schema).filter(([keyword]) => !annotations.has(keyword));
  for (const [keyword] of said) {
    if (followed.has(keyword)) continue;
    throw new UserError(
      `JSON schema: expected keywords that can be followed while a text is written, got ${keyword}. ` +
        `Leave it out, and check it afterwards.`,
    );
  }
  return Object.fromEntries(said);
}

const allTypes: readonly JsonType[] = ["null", "boolean", "number", "string", "array", "object"];

/** The types that a schema allows: those it names, else those that its keywords speak of, else all. */
export function typesOf(schema: SchemaObject, path: string): readonly JsonType[] {
  const named = schema["type"];
  if (named === undefined) {
    const spokenOf = allTypes.filter((type) =>
      keywordsOf[type].some((keyword) => keyword in schema),
    );
    return spokenOf.length > 0 ? spokenOf : allTypes;
  }
  const types: readonly unknown[] = [named].flat();
  if (types.length > 0 && types.every(isType)) {
    return types.includes("number") ? types.filter((type) => type !== "integer") : types;
  }
  throw new UserError(
    `JSON schema ${path}: expected a type of ${Object.keys(keywordsOf).join(", ")}, got ${JSON.stringify(named)}.`,
  );
}

function isType(name: unknown): name is JsonType {
  return typeof name === "string" && Object.hasOwn(keywordsOf, name);
}

function hostSource(): string {
  const label = "[\\da-z]([\\da-z-]{0,14}[\\da-z])?";
  return `${label}(\\.${label}){0,3}\\.[a-z]{2,8}`;
}

function octetSource(): string {
  return "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
}

function dateSource(): string {
  return "\\d{4}-((0[1-9]|1[0-2])-(0[1-9]|1\\d|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)";
}

function timeSource(): string {
  return "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?";
}
