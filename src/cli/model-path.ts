/** @file Where a model lies: a run (its best checkpoint, or its last), a checkpoint, or a folder in Hugging Face's layout. */
import { existsSync } from "node:fs";
import { UserError } from "../errors.ts";
import { isRun, viewRun } from "../training/index.ts";

/** The model directory that `path` leads to. A checkpoint of a run is verified; a damaged one is a UserError. */
export async function modelDirectory(path: string): Promise<string> {
  if (!existsSync(path)) {
    throw new UserError(
      `${path}: expected a run or a model directory, got nothing. Check the path.`,
    );
  }
  if (!isRun(path)) return path;
  const run = await viewRun(path);
  const all = await run.listCheckpoints();
  const isMeasured = all.some(({ state }) => (state?.validationLoss ?? null) !== null);
  const checkpoint = await run.loadCheckpoint(isMeasured ? "best" : "latest");
  await checkpoint.close();
  return checkpoint.path;
}
