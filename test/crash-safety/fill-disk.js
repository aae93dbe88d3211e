/** Saves a small checkpoint, then one that has no room, into a new run at its argument; prints what was left as JSON. */
import { readdirSync } from "node:fs";
import { UserError } from "../../src/errors.js";
import { createRun } from "../../src/training/run-directory.js";
import { contentOf } from "./content.js";
const run = await createRun(process.argv[2], {});
await run.saveCheckpoint(contentOf(1, 100));
let message = "none";
try {
  await run.saveCheckpoint(contentOf(2, 2_000_000)); // 8 MB, twice
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  message = error.message;
}
const names = readdirSync(`${process.argv[2]}/checkpoints`);
const checkpoint = await run.loadCheckpoint("latest");
const weight = await checkpoint.model.readFloat32("weight");
await checkpoint.close();
await run.saveCheckpoint(contentOf(3, 100)); // training goes on
await run.close();
process.stdout.write(JSON.stringify({ message, names, step: checkpoint.step, weight: weight[0] }));
