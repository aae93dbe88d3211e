/** @file Reads what the keywords of a JSON schema say, and names what is wrong with them or cannot be followed. */
import { UserError } from "../../errors.ts";
import type { Bounds } from "./json-number.ts";
import type { JsonType, Schema, SchemaObject } from "./schema-keywords.ts";

/** What JSON schemas are made of: booleans and objects. */
export function requireSchema(schema: unknown, path: string): Schema {
  if (typeof schema === "boolean") return schema;
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    throw wrong(path, "a schema", schema);
  }
  return schema as SchemaObject;
}

export function requireObject(value: unknown, path: string): SchemaObject {
  const schema = requireSchema(value, path);
  if (typeof schema === "boolean") throw wrong(path, "an object", value);
  return schema;
}

export function requireNames(value: unknown, path: string): readonly string[] {
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
  throw wrong(path, "an array of names", value);
}

export function requireOnly(schema: SchemaObject, allowed: readonly string[], path: string): void {
  const other = Object.keys(schema).find((keyword) => !allowed.includes(keyword));
  if (other !== undefined) throw unsupported(other, path, `beside ${allowed[0]}`);
}

export function boundsOf(schema: SchemaObject, path: string): Bounds {
  if (schema["multipleOf"] !== undefined && schema["multipleOf"] !== 1)
    throw unsupported("multipleOf", path);
  if (schema["multipleOf"] === 1 && schema["type"] !== "integer")
    throw unsupported("multipleOf", path);
  const read = (keyword: string, without: number) => {
    const value = schema[keyword] ?? without;
    if (typeof value === "number") return value;
    throw wrong(path, `a number for ${keyword}`, value);
  };
  const [minimum, above] = [read("minimum", -Infinity), read("exclusiveMinimum", -Infinity)];
  const [maximum, below] = [read("maximum", Infinity), read("exclusiveMaximum", Infinity)];
  return {
    minimum: Math.max(minimum, above),
    maximum: Math.min(maximum, below),
    isMinimumExcluded: above >= minimum && above > -Infinity,
    isMaximumExcluded: below <= maximum && below < Infinity,
  };
}

/** The least and the most of something that is counted. */
export function rangeOf(
  schema: SchemaObject,
  [leastName, mostName]: readonly [string, string],
  path: string,
): [number, number] {
  const [least, most] = [schema[leastName] ?? 0, schema[mostName] ?? Infinity];
  const isCount = (value: unknown): value is number =>
    typeof value === "number" && value >= 0 && (Number.isInteger(value) || value === Infinity);
  if (!isCount(least) || !isCount(most) || least > most) {
    throw wrong(path, `${leastName} up to ${mostName}`, [least, most]);
  }
  return [least, most];
}

export function isOfType(value: unknown, type: JsonType): boolean {
  if (value === null) return type === "null";
  if (Array.isArray(value)) return type === "array";
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

export function saysType(schema: unknown, type: unknown): boolean {
  if (typeof schema !== "object" || schema === null || !("type" in schema)) return false;
  const allowed: readonly unknown[] = [type].flat();
  return [schema.type].flat().every((each) => allowed.includes(each));
}

export function wrong(path: string, expected: string, got: unknown): UserError {
  return new UserError(`JSON schema ${path}: expected ${expected}, got ${JSON.stringify(got)}.`);
}

export function unsupported(keyword: string, path: string, how = ""): UserError {
  return new UserError(
    `JSON schema ${path}: expected keywords that can be followed while a text is written, got ${keyword}${how && ` ${how}`}. ` +
      `Leave it out, and check it afterwards.`,
  );
}
