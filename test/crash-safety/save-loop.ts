/** Saves checkpoints into the run of its argument until it is killed; prints each step once it is durable. */

import { openRun } from "../../src/training/run-directory.ts";
import { contentOf } from "./content.ts";

const run = await openRun(process.argv[2]);
const last = (await run.listCheckpoints()).at(-1)?.step ?? 0;
await run.rewind(last);
for (let step = last + 1; ; step++) {
  for (let line = 0; line < 20; line++) await run.appendLog({ step, line, loss: 1 / step });
  const length = step % 2 === 0 ? 100 : 500_000; // 400 bytes or 2 MB, twice
  await run.saveCheckpoint(contentOf(step, length));
  process.stdout.write(`${step}\n`);
  if (step % 3 === 0) await run.saveCheckpoint(contentOf(step, length)); // replaces
  if (step % 2 === 0) await run.pruneCheckpoints(3);
}
