/** @file The command line from words to exit code; `main.ts` gives it this process, tests give it another terminal. */
import { readFile } from "node:fs/promises";
import { UserError } from "../errors.ts";
import type { Command } from "./command.ts";
import { commandHelp, programHelp } from "./help.ts";
import { parseArguments } from "./parse-arguments.ts";
import { nearest } from "./suggestion.ts";
import type { Terminal } from "./terminal.ts";

/** A command is loaded when it is asked for, so that `--help` need not load a tensor engine. */
const commands: Readonly<Record<string, { summary: string; load(): Promise<Command> }>> = {
  download: {
    summary: "fetch a published model or a public text",
    load: async () => (await import("./download.ts")).downloadCommand as unknown as Command,
  },
  pretrain: {
    summary: "train a new model on text",
    load: async () => (await import("./pretrain.ts")).pretrainCommand as unknown as Command,
  },
  generate: {
    summary: "let a model write",
    load: async () => (await import("./generate.ts")).generateCommand as unknown as Command,
  },
  inspect: {
    summary: "show a model, a run or a preset: sizes, memory, loss curve",
    load: async () => (await import("./inspect.ts")).inspectCommand as unknown as Command,
  },
};

/** Runs a command line. Never throws: what went wrong is on `stderr`, and the exit code is not 0. */
export async function runCli(words: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(words, terminal);
  } catch (error) {
    terminal.stderr.write(describeError(error));
    return 1;
  }
}

/** One line for what a person can mend; the stack for a mistake of ours. */
export function describeError(error: unknown): string {
  if (error instanceof UserError) return `${error.message.replace(/\s*\n\s*/g, " ")}\n`;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${stack}\nThis is a mistake in scratchlm. Please report it with the lines above.\n`;
}

async function dispatch(words: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = words;
  if (name === "--version" || name === "-v") {
    terminal.stdout.write(`${await readVersion()}\n`);
    return 0;
  }
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const rows = Object.entries(commands).map(([each, { summary }]) => [each, summary] as const);
    terminal.stdout.write(programHelp(terminal, await readVersion(), rows));
    return 0;
  }
  if (!Object.hasOwn(commands, name)) throw unknownCommand(name);
  const command = await commands[name].load();
  if (asksForHelp(rest)) {
    terminal.stdout.write(commandHelp(terminal, command));
    return 0;
  }
  return command.run(parseArguments(rest, command.options), terminal);
}

function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  const options = end < 0 ? words : words.slice(0, end);
  return options.includes("--help") || options.includes("-h");
}

function unknownCommand(name: string): UserError {
  const names = Object.keys(commands);
  if (name.startsWith("-")) {
    const meant = nearest(name, ["--help", "--version"]);
    const advice = meant ? `Did you mean ${meant}?` : "See scratchlm --help.";
    return new UserError(`${name}: expected a command, got an unknown option. ${advice}`);
  }
  const meant = nearest(name, names);
  const advice = meant ? `Did you mean ${meant}?` : `Choose ${names.join(", ")}.`;
  return new UserError(`${name}: expected a command, got an unknown one. ${advice}`);
}

async function readVersion(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
