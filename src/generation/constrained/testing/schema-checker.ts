/** @file Whether a value fits a JSON schema: the definitions of the standard, keyword by keyword. It knows nothing of how texts are written. */
import { isIPv4 } from "node:net";

type Schema = Readonly<Record<string, unknown>>;

/** Whether `value` fits `schema`; references are looked up in `root`. */
export function fits(value: unknown, schema: unknown, root: unknown = schema): boolean {
  if (typeof schema === "boolean") return schema;
  const said = schema as Schema;
  if (said["nullable"] === true && value === null) return true;
  return Object.entries(said).every(([keyword, argument]) => {
    const check = checks[keyword];
    return check === undefined || check(value, argument, { schema: said, root });
  });
}

interface Surroundings {
  readonly schema: Schema;
  readonly root: unknown;
}

type Check = (value: unknown, argument: unknown, around: Surroundings) => boolean;

const same = (a: unknown, b: unknown) => canonical(a) === canonical(b);

function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.entries(value).map(
    ([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`,
  );
  return `{${members.sort().join()}}`;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const ofNumbers =
  (holds: (value: number, bound: number) => boolean): Check =>
  (value, bound) =>
    typeof value !== "number" || holds(value, bound as number);
const ofLengths =
  (holds: (length: number, bound: number) => boolean): Check =>
  (value, bound) =>
    typeof value !== "string" || holds([...value].length, bound as number);
const ofSizes =
  (holds: (length: number, bound: number) => boolean): Check =>
  (value, bound) =>
    !Array.isArray(value) || holds(value.length, bound as number);

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === "boolean",
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === "number" && Number.isFinite(value),
  string: (value) => typeof value === "string",
  array: Array.isArray,
  object: isRecord,
};

const formats: Readonly<Record<string, (value: string) => boolean>> = {
  "date-time": (value) => !Number.isNaN(Date.parse(value)),
  email: (value) => /^[^@\s]+@[^@\s]+\.[a-z]+$/.test(value) && !/\.\.|^\.|\.@/.test(value),
  hostname: (value) => new URL(`http://${value}`).hostname === value,
  ipv4: isIPv4,
  uri: URL.canParse,
};

const checks: Readonly<Record<string, Check>> = {
  type: (value, named) => [named].flat().some((type) => types[String(type)](value)),
  const: (value, only) => same(value, only),
  enum: (value, all) => (all as unknown[]).some((each) => same(value, each)),
  minimum: ofNumbers((value, bound) => value >= bound),
  maximum: ofNumbers((value, bound) => value <= bound),
  exclusiveMinimum: ofNumbers((value, bound) => value > bound),
  exclusiveMaximum: ofNumbers((value, bound) => value < bound),
  minLength: ofLengths((length, bound) => length >= bound),
  maxLength: ofLengths((length, bound) => length <= bound),
  pattern: (value, pattern) =>
    typeof value !== "string" || new RegExp(String(pattern), "u").test(value),
  format: (value, name) => typeof value !== "string" || formats[String(name)](value),
  minItems: ofSizes((length, bound) => length >= bound),
  maxItems: ofSizes((length, bound) => length <= bound),
  prefixItems: (value, all, { root }) =>
    !Array.isArray(value) ||
    (all as unknown[]).every((each, i) => i >= value.length || fits(value[i], each, root)),
  items: (value, item, { schema, root }) =>
    !Array.isArray(value) ||
    value
      .slice(((schema["prefixItems"] ?? []) as unknown[]).length)
      .every((each) => fits(each, item, root)),
  properties: (value, properties, { root }) =>
    !isRecord(value) ||
    Object.entries(properties as Schema).every(
      ([name, each]) => !Object.hasOwn(value, name) || fits(value[name], each, root),
    ),
  required: (value, names) =>
    !isRecord(value) || (names as string[]).every((name) => Object.hasOwn(value, name)),
  additionalProperties: (value, each, { schema, root }) =>
    !isRecord(value) ||
    Object.keys(value).every(
      (name) =>
        Object.hasOwn((schema["properties"] ?? {}) as Schema, name) ||
        fits(value[name], each, root),
    ),
  anyOf: (value, all, { root }) => (all as unknown[]).some((each) => fits(value, each, root)),
  oneOf: (value, all, { root }) =>
    (all as unknown[]).filter((each) => fits(value, each, root)).length === 1,
  allOf: (value, all, { root }) => (all as unknown[]).every((each) => fits(value, each, root)),
  $ref: (value, reference, { root }) => {
    const path = String(reference).split("/").slice(1);
    const target = path.reduce((at: unknown, name) => (at as Schema)[name], root);
    return fits(value, target, root);
  },
};
