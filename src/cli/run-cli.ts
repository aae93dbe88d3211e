/** @file The command line from words to exit code; `main.ts` gives it this process, tests give it another terminal. */
import { readFile } from "node:fs/promises";
import { UserError } from "../errors.ts";
import type { Command, Commands } from "./command.ts";
import { commandHelp, groupHelp, programHelp } from "./help.ts";
import { parseArguments } from "./parse-arguments.ts";
import { nearest } from "./suggestion.ts";
import type { Terminal } from "./terminal.ts";
import { tokenizerCommands } from "./tokenizer.ts";

/** A command is loaded when it is asked for, so that `--help` need not load a tensor engine. */
const commands: Commands = {
  download: {
    summary: "fetch a published model or a public text",
    load: async () => (await import("./download.ts")).downloadCommand as unknown as Command,
  },
  tokenizer: {
    summary: "text to token ids and back, and what a text costs in tokens",
    commands: tokenizerCommands,
  },
  prepare: {
    summary: "turn text into shards of token ids",
    load: async () => (await import("./prepare.ts")).prepareCommand as unknown as Command,
  },
  pretrain: {
    summary: "train a new model on text",
    load: async () => (await import("./pretrain.ts")).pretrainCommand as unknown as Command,
  },
  generate: {
    summary: "let a model write",
    load: async () => (await import("./generate.ts")).generateCommand as unknown as Command,
  },
  chat: {
    summary: "talk with a model",
    load: async () => (await import("./chat.ts")).chatCommand as unknown as Command,
  },
  evaluate: {
    summary: "measure how well a model predicts texts, in float32 and in few bits",
    load: async () => (await import("./evaluate.ts")).evaluateCommand as unknown as Command,
  },
  convert: {
    summary: "a model from one format to another: safetensors, GGUF, ONNX, TensorFlow",
    load: async () => (await import("./convert.ts")).convertCommand as unknown as Command,
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
  const [name] = words;
  if (name === "--version" || name === "-v") {
    terminal.stdout.write(`${await readVersion()}\n`);
    return 0;
  }
  if (isHelp(name)) {
    terminal.stdout.write(programHelp(terminal, await readVersion(), summaries(commands)));
    return 0;
  }
  return dispatchIn(commands, words, terminal);
}

/** Runs the command that the first word names, or the group's that the second does. */
async function dispatchIn(
  among: Commands,
  [name, ...rest]: readonly string[],
  terminal: Terminal,
  group?: string,
): Promise<number> {
  if (!Object.hasOwn(among, name)) throw unknownCommand(name, Object.keys(among), group);
  const entry = among[name];
  if ("commands" in entry) {
    if (!isHelp(rest[0])) return dispatchIn(entry.commands, rest, terminal, name);
    terminal.stdout.write(groupHelp(terminal, name, entry.summary, summaries(entry.commands)));
    return 0;
  }
  const command = await entry.load();
  if (asksForHelp(rest)) {
    terminal.stdout.write(commandHelp(terminal, command));
    return 0;
  }
  return command.run(parseArguments(rest, command.options), terminal);
}

function summaries(among: Commands): (readonly [name: string, summary: string])[] {
  return Object.entries(among).map(([name, { summary }]) => [name, summary] as const);
}

function isHelp(word: string | undefined): boolean {
  return word === undefined || ["--help", "-h", "help"].includes(word);
}

function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  const options = end < 0 ? words : words.slice(0, end);
  return options.includes("--help") || options.includes("-h");
}

function unknownCommand(name: string, names: readonly string[], group = ""): UserError {
  const expected = group === "" ? "a command" : `a command of ${group}`;
  if (name.startsWith("-")) {
    const meant = nearest(name, group === "" ? ["--help", "--version"] : ["--help"]);
    const advice = meant
      ? `Did you mean ${meant}?`
      : `See scratchlm ${group && `${group} `}--help.`;
    return new UserError(`${name}: expected ${expected}, got an unknown option. ${advice}`);
  }
  const meant = nearest(name, names);
  const advice = meant ? `Did you mean ${meant}?` : `Choose ${names.join(", ")}.`;
  return new UserError(`${name}: expected ${expected}, got an unknown one. ${advice}`);
}

async function readVersion(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
