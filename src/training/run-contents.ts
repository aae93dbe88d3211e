/** Which files make a run, and which a run may remove. */

import { existsSync, statSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { fileError } from "../file-errors.ts";
import { isTemporaryName } from "../weights/index.ts";
import { isLockName } from "./run-lock.ts";

/** Files that a tokenizer consists of; they go along into every checkpoint. */
export const tokenizerFileNames = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "vocab.json",
  "merges.txt",
  "chat_template.jinja",
] as const;

/** The text of a run as token ids, so that resuming needs no other file. */
export const tokensFileName = "tokens.bin";

/** Content of tokenizer files by name. */
export type TokenizerFiles = { readonly [name in (typeof tokenizerFileNames)[number]]?: string };

/**
 * What a run consists of, in the order in which an overwritten one is removed: without config.json it is no run any more,
 * and while log.jsonl is there, the rest is known to be ours.
 */
const ownNames: readonly string[] = [
  "config.json",
  ...tokenizerFileNames,
  tokensFileName,
  "checkpoints",
  "log.jsonl",
];

/** Whether `path` is a run directory, as opposed to a model directory, say. */
export function isRun(path: string): boolean {
  return ["config.json", "log.jsonl", "checkpoints"].every((name) => existsSync(join(path, name)));
}

/** Throws UserError when making a run at `path` would destroy something. */
export async function refuseOtherContent(path: string, overwrite: boolean): Promise<void> {
  if (isRun(path)) {
    if (overwrite) return;
    throw new UserError(
      `${path}: expected no run of that name, got one. Resume it, choose another name, or overwrite it.`,
    );
  }
  if (!existsSync(path)) return;
  const other = await otherContent(path, overwrite).catch(async (error) => {
    throw fileError(error, path);
  });
  if (other === undefined) return;
  throw new UserError(
    `${path}: expected an empty folder or none, got one with ${other}. Choose another name.`,
  );
}

/** What a folder that is no run holds and must not lose; undefined when at most a run that was killed at its birth. */
async function otherContent(path: string, overwrite: boolean): Promise<string | undefined> {
  const names = await readdir(path);
  const lasting = names.filter((name) => !isLockName(name) && !isTemporaryName(name));
  const isOurs = lasting.includes("log.jsonl") && !lasting.includes("config.json");
  if (!isOurs || !overwrite) {
    const other = lasting.find((name) => !isOurs || !ownNames.includes(name));
    if (other !== undefined) return other;
    if (lasting.includes("checkpoints")) return (await readdir(join(path, "checkpoints"))).at(0);
  }
  return undefined;
}

/** Removes the files of the run at `path`, and nothing else that lies there. */
export async function removeRun(path: string): Promise<void> {
  for (const name of ownNames) await rm(join(path, name), { recursive: true, force: true });
}

/** Removes what a killed process was writing; a claim that is being put down is young and stays. */
export async function removeLitter(path: string): Promise<void> {
  for (const name of (await readdir(path)).filter(isTemporaryName)) {
    const file = join(path, name);
    const madeAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const isYoungClaim = isLockName(name) && Date.now() - madeAt < 60_000;
    if (!isYoungClaim) await rm(file, { recursive: true, force: true });
  }
}
