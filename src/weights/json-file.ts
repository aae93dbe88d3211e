/** @file JSON of strangers: read from files, looked into without trust. */
import { readFile } from "node:fs/promises";
import { UserError } from "../errors.ts";
import { fileError } from "../file-errors.ts";

/** An object of JSON; what its members are must be asked. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The object in the JSON file at `path`. Throws a UserError for a missing file and for anything else. */
export async function readJsonObject(path: string): Promise<JsonObject> {
  const text = await readFile(path, "utf8").catch(async (error: unknown) => {
    throw fileError(error, path);
  });
  return parseJsonObject(text, path);
}

/** The object that `text` holds; `path` is for the error. */
export function parseJsonObject(text: string, path: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError(`${path}: expected JSON, got something else. Mend or fetch it again.`);
  }
  if (isJsonObject(value)) return value;
  throw new UserError(
    `${path}: expected a JSON object, got another value. Mend or fetch it again.`,
  );
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A number of a config, if it has one. */
export function optionalNumberIn(config: JsonObject, name: string): number | undefined {
  const value = config[name];
  return typeof value === "number" ? value : undefined;
}
