/** @file The ids with which a published model ends a text: `eos_token_id` of `generation_config.json`, else of `config.json`. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Ids that end a text, none where the folder names none. */
export async function endIds(path: string): Promise<readonly number[]> {
  for (const name of ["generation_config.json", "config.json"]) {
    const ids = await endIdsIn(join(path, name));
    if (ids.length > 0) return ids;
  }
  return [];
}

async function endIdsIn(file: string): Promise<number[]> {
  if (!existsSync(file)) return [];
  const config: unknown = JSON.parse(await readFile(file, "utf8"));
  const value = (config as { readonly eos_token_id?: unknown } | null)?.eos_token_id;
  return [value].flat().filter((id): id is number => Number.isInteger(id));
}
