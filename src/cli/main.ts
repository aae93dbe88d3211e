#!/usr/bin/env node
/** @file The program `scratchlm`. */
import { describeError, runCli } from "./run-cli.ts";
import { outputError, processTerminal } from "./terminal.ts";

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0); // whoever read it, such as `head`, has had enough
    throw outputError(error);
  });
}
process.on("uncaughtException", (error) => {
  process.stderr.write(describeError(error));
  process.exit(1);
});

process.exitCode = await runCli(process.argv.slice(2), processTerminal());
