/** @file Where a model lies: a run (its best checkpoint, or its last), a folder or file of a model, or what was downloaded. */
import { existsSync } from "node:fs";
import { UserError } from "../errors.ts";
import { isRun, viewRun } from "../training/index.ts";
import { findCachedModel, hubSettings, repositoryName } from "../weights/index.ts";

/**
 * The folder or file of the model that `path` leads to; a name such as `gpt2` leads to what was downloaded under it. A
 * checkpoint of a run is verified; a damaged one is a UserError.
 */
export async function modelPath(path: string): Promise<string> {
  if (!existsSync(path)) return downloadedModel(path);
  if (!isRun(path)) return path;
  const run = await viewRun(path);
  const all = await run.listCheckpoints();
  const isMeasured = all.some(({ state }) => (state?.validationLoss ?? null) !== null);
  const checkpoint = await run.loadCheckpoint(isMeasured ? "best" : "latest");
  await checkpoint.close();
  return checkpoint.path;
}

async function downloadedModel(name: string): Promise<string> {
  const cached = await findCachedModel(name, "main", hubSettings());
  if (cached) return cached;
  const advice =
    repositoryName(name) === undefined
      ? "Check the path."
      : `Check the path, or fetch a published model: scratchlm download ${name}.`;
  throw new UserError(
    `${name}: expected a run, a model or a downloaded model, got nothing. ${advice}`,
  );
}
