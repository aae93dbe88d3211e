/** The model of a checkpoint as a folder of its own, in Hugging Face's layout. */

import { copyFile, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileError, syncDirectory, temporaryName } from "../weights/index.ts";
import type { Checkpoint } from "./checkpoints.ts";

/** Files of a checkpoint that are no part of the model. */
const trainingFiles = new Set(["optimizer.safetensors", "state.json"]);

/**
 * Copies the model of a checkpoint (no training state) to `destination`, which must not exist yet, all or nothing.
 * Throws UserError when it exists, when it cannot be written, and for a damaged checkpoint.
 */
export async function exportModel(checkpoint: Checkpoint, destination: string): Promise<void> {
  const target = resolve(destination);
  const temporary = join(dirname(target), temporaryName(basename(target)));
  try {
    await mkdir(dirname(target), { recursive: true });
    await mkdir(temporary);
    for (const name of await readdir(checkpoint.path)) {
      if (trainingFiles.has(name)) continue;
      await copyDurably(join(checkpoint.path, name), join(temporary, name));
    }
    await syncDirectory(temporary);
    await rename(temporary, target);
    await syncDirectory(dirname(target));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw await fileError(error, destination, 0);
  }
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const file = await open(to, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
