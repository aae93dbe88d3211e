/** @file What a command of the command line is; each has a file of its own, loaded when it is asked for. */
import type { Options } from "./option.ts";
import type { Arguments } from "./parse-arguments.ts";
import type { Terminal } from "./terminal.ts";

export interface Command<O extends Options = Options> {
  /** After `scratchlm `, for the help: `pretrain <files…>`. */
  readonly usage: string;
  readonly description: string;
  readonly options: O;
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** Does the work and gives the exit code. Throws UserError for what a person can mend. */
  run(given: Arguments<O>, terminal: Terminal): Promise<number>;
}

/** What words of the command line name: a command, loaded when it is asked for, or a group of them. */
export type Commands = Readonly<Record<string, CommandEntry | CommandGroup>>;

interface CommandEntry {
  readonly summary: string;
  load(): Promise<Command>;
}

interface CommandGroup {
  readonly summary: string;
  readonly commands: Commands;
}

/** Lets TypeScript derive the values that `run` gets from the options. */
export function defineCommand<O extends Options>(command: Command<O>): Command<O> {
  return command;
}
