#!/usr/bin/env node
// Committed, not built, so that it stays executable and `npx scratchlm` finds it however often `dist` is made anew.
import { existsSync } from "node:fs";

const program = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  console.error("scratchlm: expected the folder dist, got none. Run `npm run build` first.");
  process.exitCode = 1;
}
