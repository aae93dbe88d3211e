/** @file Whether schemas exclude one another, so that what fits one of them fits exactly one: by type, by value, or by a property that all require. */
import { typesOf } from "./schema-keywords.ts";
import type { JsonType, Schema, SchemaObject } from "./schema-keywords.ts";

/** Finds what a schema refers to. */
type Dereference = (schema: unknown) => Schema;

/** Whether each of the schemas surely excludes each other. */
export function excludeOneAnother(schemas: readonly unknown[], dereference: Dereference): boolean {
  return schemas.every((a, i) =>
    schemas.slice(i + 1).every((b) => exclude(dereference(a), dereference(b), dereference)),
  );
}

function exclude(a: Schema, b: Schema, dereference: Dereference): boolean {
  if (a === false || b === false) return true;
  if (a === true || b === true || a["nullable"] === true || b["nullable"] === true) return false;
  const [valuesOfA, valuesOfB] = [valuesOf(a), valuesOf(b)];
  if (valuesOfA && valuesOfB) return !valuesOfA.some((value) => valuesOfB.includes(value));
  const [typesOfA, typesOfB] = [kindsOf(a), kindsOf(b)];
  if (!typesOfA || !typesOfB) return false;
  const shared = typesOfA.filter((type) => typesOfB.includes(type));
  if (shared.length === 0) return true;
  if (shared.length > 1 || shared[0] !== "object") return false;
  return requiredOf(a).some((name) => {
    if (!requiredOf(b).includes(name)) return false;
    const [ofA, ofB] = [propertyOf(a, name), propertyOf(b, name)];
    return (
      ofA !== undefined &&
      ofB !== undefined &&
      exclude(dereference(ofA), dereference(ofB), dereference)
    );
  });
}

/** JSON of the values of which a schema allows one, where it lists them. */
function valuesOf(schema: SchemaObject): readonly string[] | undefined {
  if ("const" in schema) return [JSON.stringify(schema["const"])];
  return Array.isArray(schema["enum"])
    ? schema["enum"].map((value) => JSON.stringify(value))
    : undefined;
}

/** The types that a schema allows, whole numbers among the numbers; undefined where it may allow others. */
function kindsOf(schema: SchemaObject): readonly JsonType[] | undefined {
  const values = valuesOf(schema)?.map((json): unknown => JSON.parse(json));
  if (values) return values.map(typeOf);
  if (schema["type"] === undefined) return undefined;
  return typesOf(schema, "oneOf").map((type) => (type === "integer" ? "number" : type));
}

function typeOf(value: unknown): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value as JsonType;
}

function requiredOf(schema: SchemaObject): readonly unknown[] {
  return Array.isArray(schema["required"]) ? schema["required"] : [];
}

function propertyOf(schema: SchemaObject, name: unknown): unknown {
  const properties = schema["properties"];
  if (typeof properties !== "object" || properties === null) return undefined;
  return Object.hasOwn(properties, String(name))
    ? (properties as SchemaObject)[String(name)]
    : undefined;
}
