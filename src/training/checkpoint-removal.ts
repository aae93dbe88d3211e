/** Removing checkpoints so that none is ever half there, and clearing away what a killed process left. */

import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isTemporaryName, temporaryName } from "../weights/index.ts";
import { bestOf, listCheckpoints, replacedSuffix, type CheckpointInfo } from "./checkpoints.ts";
import { fileError, placeToWrite } from "../file-errors.ts";

/** Removes all checkpoints but the last `keepLast` and the best one; returns the steps that were removed. */
export async function pruneCheckpoints(directory: string, keepLast: number): Promise<number[]> {
  const all = await listCheckpoints(directory);
  const kept = new Set([...all.slice(Math.max(0, all.length - keepLast)), bestOf(all)]);
  return removeCheckpoints(all.filter((info) => !kept.has(info)));
}

/** Removes the given checkpoints; one that is half removed never looks whole. Returns their steps. */
export async function removeCheckpoints(checkpoints: readonly CheckpointInfo[]): Promise<number[]> {
  for (const { path } of checkpoints) {
    const doomed = join(dirname(path), temporaryName(basename(path)));
    try {
      await rename(path, doomed);
      await rm(doomed, { recursive: true });
    } catch (error) {
      throw fileError(error, path, placeToWrite);
    }
  }
  return checkpoints.map(({ step }) => step);
}

/** Clears away what a killed process left in `directory`; for the holder of the run's lock only. */
export async function recoverCheckpoints(directory: string): Promise<void> {
  const names = new Set(await readdir(directory));
  for (const name of names) {
    const replaced = name.endsWith(replacedSuffix) && name.slice(0, -replacedSuffix.length);
    if (replaced && !names.has(replaced)) {
      await rename(join(directory, name), join(directory, replaced)); // died between two renames
    } else if (replaced || isTemporaryName(name)) {
      await rm(join(directory, name), { recursive: true });
    }
  }
}
