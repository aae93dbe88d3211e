/** @file Reads a published `config.json`, and names what is missing in it or not supported: nothing is passed over. */
import { UserError } from "../errors.ts";

/** The object in a `config.json`, or a part of it. */
export type PublishedConfig = Readonly<Record<string, unknown>>;

/** What is in a `config.json`; an empty object where it is none. */
export function publishedConfig(json: unknown): PublishedConfig {
  return typeof json === "object" && json !== null ? (json as PublishedConfig) : {};
}

/** The number called `name`; without a `fallback` it must be there. Null counts as not there. */
export function numberIn(published: PublishedConfig, name: string, fallback?: number): number {
  const value = published[name] ?? fallback;
  if (typeof value === "number") return value;
  throw unsupported(name, "a number", value);
}

/** The choice called `name`. Null counts as not there. */
export function booleanIn(published: PublishedConfig, name: string, fallback: boolean): boolean {
  const value = published[name] ?? fallback;
  if (typeof value === "boolean") return value;
  throw unsupported(name, "true or false", value);
}

/** The only values that a model computes, by name; `undefined` among them where a `config.json` may be silent. */
export type Supported = Readonly<Record<string, readonly unknown[]>>;

/** What no family of ours computes. */
const supportedEverywhere: Supported = {
  quantization_config: [undefined, null],
  is_encoder_decoder: [false, undefined],
};

/** Throws a UserError for a value that is not among those supported. */
export function requireSupported(published: PublishedConfig, supported: Supported): void {
  for (const [name, values] of Object.entries({ ...supportedEverywhere, ...supported })) {
    if (!values.includes(published[name])) throw unsupported(name, values[0], published[name]);
  }
}

/** The error of a value that is not what it has to be. */
export function unsupported(name: string, expected: unknown, got: unknown): UserError {
  return new UserError(
    `config.json: expected "${name}" to be ${shown(expected)}, got ${shown(got)}.`,
  );
}

function shown(value: unknown): string {
  if (value === undefined) return "none";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text; // a stranger's config may hold anything
}
