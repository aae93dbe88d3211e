/** @file Options from a file: the same names as on the command line, in camel case or with dashes. */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { UserError } from "../errors.ts";
import { fileError } from "../file-errors.ts";
import { flagOf, parseValue } from "./option.ts";
import type { OptionValues } from "./option.ts";
import { recipeOptions, sittingOptions } from "./pretrain-options.ts";
import { nearest } from "./suggestion.ts";

const allowed = { ...recipeOptions, ...sittingOptions };
type Allowed = typeof allowed;

/** Reads JSON, or YAML where the name ends in `.yaml` or `.yml`. Throws UserError for unknown names and wrong values. */
export async function readConfigFile(path: string): Promise<OptionValues<Allowed>> {
  const text = await readFile(path, "utf8").catch(async (error) => {
    throw fileError(error, path);
  });
  const content = await parseConfig(text, path);
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new UserError(`${path}: expected options by name, got something else.`);
  }
  return Object.fromEntries(
    Object.entries(content).map(([name, value]) => optionOf(name, value, path)),
  ) as OptionValues<Allowed>;
}

async function parseConfig(text: string, path: string): Promise<unknown> {
  const isYaml = [".yaml", ".yml"].includes(extname(path).toLowerCase());
  try {
    return isYaml ? (await import("yaml")).parse(text) : JSON.parse(text);
  } catch (cause) {
    const reason = (cause as Error).message.split("\n")[0];
    const kind = isYaml ? "YAML" : "JSON";
    throw new UserError(`${path}: expected ${kind}, got "${reason}". Mend the file.`, { cause });
  }
}

function optionOf(given: string, value: unknown, path: string) {
  const name = given.replace(/[-_]([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (!Object.hasOwn(allowed, name)) {
    const meant = nearest(name, Object.keys(allowed));
    const advice = meant ? `Did you mean "${meant}"?` : "See scratchlm pretrain --help.";
    throw new UserError(`${path}: expected options of pretrain, got "${given}". ${advice}`);
  }
  const option = allowed[name as keyof Allowed];
  if (typeof value === "object") {
    throw new UserError(
      `${path}: expected one value for "${given}", got ${JSON.stringify(value)}.`,
    );
  }
  return [name, parseValue(option, `${path}: ${flagOf(name)}`, String(value))] as const;
}
