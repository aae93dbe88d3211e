/** @file Several schemas that all have to fit, as one: `allOf`, where each keyword can be followed for all of them at once. */
import { UserError } from "../../errors.ts";
import type { SchemaObject } from "./schema-keywords.ts";

/** How a keyword that two schemas have is said once. */
const joined: Readonly<Record<string, (a: unknown, b: unknown) => unknown>> = {
  ...Object.fromEntries(
    ["minimum", "exclusiveMinimum", "minLength", "minItems"].map((name) => [name, ofTwo(Math.max)]),
  ),
  ...Object.fromEntries(
    ["maximum", "exclusiveMaximum", "maxLength", "maxItems"].map((name) => [name, ofTwo(Math.min)]),
  ),
  required: (a, b) => [...new Set([a, b].flat())],
  type: (a, b) => sharedTypes([a].flat(), [b].flat()),
  properties: (a, b) => sharedProperties(a as SchemaObject, b as SchemaObject),
  additionalProperties: (a, b) => (a === false || b === false ? false : { allOf: [a, b] }),
};

/** The schema that fits what fits `a` and `b`, both without annotations and references. Throws a UserError that names a keyword for which there is none. */
export function mergedSchema(a: SchemaObject, b: SchemaObject, path: string): SchemaObject {
  const merged: Record<string, unknown> = { ...a };
  for (const [keyword, value] of Object.entries(b)) {
    if (!Object.hasOwn(a, keyword) || same(a[keyword], value)) merged[keyword] = value;
    else if (Object.hasOwn(joined, keyword)) merged[keyword] = joined[keyword](a[keyword], value);
    else throw impossible(keyword, path);
  }
  if ("properties" in a || "properties" in b || "required" in merged) {
    merged["properties"] = onlyAllowed(
      a,
      b,
      path,
      merged["properties"] as SchemaObject | undefined,
    );
  }
  return merged;
}

/** A schema that allows no other properties than its own forbids those that the other one names. */
function onlyAllowed(
  a: SchemaObject,
  b: SchemaObject,
  path: string,
  properties: SchemaObject = {},
): SchemaObject {
  const named = (schema: SchemaObject) => Object.keys((schema["properties"] as object) ?? {});
  const allowed = Object.entries(properties).map(([name, value]): [string, unknown] => {
    const others = [a, b].filter((schema) => !named(schema).includes(name));
    const more = others.map((schema) => schema["additionalProperties"] ?? true);
    if (more.includes(false)) return [name, false];
    if (more.every((each) => each === true)) return [name, value];
    throw impossible("additionalProperties", path);
  });
  return Object.fromEntries(allowed);
}

function sharedTypes(a: readonly unknown[], b: readonly unknown[]): unknown[] {
  const narrow = (from: readonly unknown[], to: readonly unknown[]) =>
    from.filter((type) => to.includes(type) || (type === "integer" && to.includes("number")));
  return [...new Set([...narrow(a, b), ...narrow(b, a)])];
}

function sharedProperties(a: SchemaObject, b: SchemaObject): SchemaObject {
  const all = Object.entries({ ...a, ...b }).map(([name, value]) => {
    const isOfBoth = Object.hasOwn(a, name) && Object.hasOwn(b, name) && !same(a[name], b[name]);
    return [name, isOfBoth ? { allOf: [a[name], b[name]] } : value];
  });
  return Object.fromEntries(all);
}

function ofTwo(choose: (a: number, b: number) => number) {
  return (a: unknown, b: unknown) => choose(a as number, b as number);
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

function impossible(keyword: string, path: string): UserError {
  return new UserError(
    `JSON schema ${path}: expected schemas in allOf that can be followed together, got several that say ${keyword}. ` +
      `Write it once, and check it afterwards.`,
  );
}
