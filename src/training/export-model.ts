/** The model of a checkpoint as a folder of its own, in Hugging Face's layout. */

import { copyFile, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { createDirectory } from "../weights/index.ts";
import type { Checkpoint } from "./checkpoints.ts";

/** Files of a checkpoint that are no part of the model. */
const trainingFiles = new Set(["optimizer.safetensors", "state.json"]);

/**
 * Copies the model of a checkpoint (no training state) to `destination`, which must not exist yet, all or nothing.
 * Throws UserError when it exists, when it cannot be written, and for a damaged checkpoint.
 */
export async function exportModel(checkpoint: Checkpoint, destination: string): Promise<void> {
  await createDirectory(destination, async (folder) => {
    for (const name of await readdir(checkpoint.path)) {
      if (trainingFiles.has(name)) continue;
      await copyDurably(join(checkpoint.path, name), join(folder, name));
    }
  });
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
