/** @file `--regex` and `--json-schema`: what a text is held to. */
import { readFile } from "node:fs/promises";
import { UserError } from "../errors.ts";
import { fileError } from "../file-errors.ts";
import { matchJsonSchema, matchRegex } from "../generation/index.ts";
import type { ConstraintSource } from "../generation/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";

interface Given {
  readonly regex?: string | undefined;
  /** A file. */
  readonly jsonSchema?: string | undefined;
}

/** What the options ask for, if anything; `stopIds` are allowed where the text may end. */
export async function constraintFrom(
  { regex, jsonSchema }: Given,
  tokenizer: Tokenizer | undefined,
  stopIds: readonly number[],
): Promise<ConstraintSource | undefined> {
  if (regex === undefined && jsonSchema === undefined) return undefined;
  if (regex !== undefined && jsonSchema !== undefined) {
    throw new UserError("--json-schema: expected no --regex beside it, got one. Leave one out.");
  }
  if (!tokenizer) {
    throw new UserError(
      "--regex and --json-schema: expected a model with a tokenizer.json, got none.",
    );
  }
  if (regex !== undefined) return matchRegex(regex, tokenizer, { stopIds });
  return matchJsonSchema(await readSchema(jsonSchema!), tokenizer, { stopIds });
}

async function readSchema(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch(async (error) => {
    throw fileError(error, file);
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${file}: expected a JSON schema, got text that is no JSON.`, { cause });
  }
}
