/** Opens the run of its argument, says how that went, and holds it until its input ends. */

import { UserError } from "../../src/errors.ts";
import { openRun } from "../../src/training/run-directory.ts";

try {
  await openRun(process.argv[2]);
  process.stdout.write(`got it ${process.pid}\n`);
  process.stdin.resume().once("end", () => process.exit());
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stdout.write(`refused ${error.message}\n`);
}
