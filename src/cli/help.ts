/** @file The text of `--help`. */
import type { Command } from "./command.ts";
import { flagOf } from "./option.ts";
import type { Option } from "./option.ts";
import { paint } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

type Rows = readonly (readonly [left: string, right: string])[];

/** Help for all of scratchlm. */
export function programHelp(terminal: Terminal, version: string, commands: Rows): string {
  return [
    `scratchlm ${version}: build, train and run small language models.`,
    "",
    section(terminal, "Usage", [["scratchlm <command> [options]", ""]]),
    section(terminal, "Commands", commands),
    examples(terminal, [
      ["pretrain my.txt", "train a model on a text"],
      ["generate --model runs/my --prompt Hello", "let it write"],
      ["inspect gpt2", "look at a model without making it"],
    ]),
    "scratchlm <command> --help tells more about a command.\n",
  ].join("\n");
}

/** Help for a group of commands. */
export function groupHelp(terminal: Terminal, name: string, summary: string, rows: Rows): string {
  return [
    `scratchlm ${name}: ${summary}.`,
    "",
    section(terminal, "Usage", [[`scratchlm ${name} <command> [options]`, ""]]),
    section(terminal, "Commands", rows),
    `scratchlm ${name} <command> --help tells more about a command.\n`,
  ].join("\n");
}

/** Help for one command. */
export function commandHelp(terminal: Terminal, command: Command): string {
  const options = Object.entries(command.options).map(([name, option]) => {
    return [`${flagOf(name)}${valueHint(option)}`, option.description] as const;
  });
  return [
    `${command.description}\n`,
    section(terminal, "Usage", [[`scratchlm ${command.usage} [options]`, ""]]),
    section(terminal, "Options", [...options, ["--help", "this text"]]),
    examples(terminal, command.examples),
  ].join("\n");
}

function examples(terminal: Terminal, rows: Rows): string {
  const lines = rows.map(([line, meaning]) => `  # ${meaning}\n  scratchlm ${line}`);
  return `${paint(terminal, "bold", "Examples")}\n${lines.join("\n")}\n`;
}

function section(terminal: Terminal, title: string, rows: Rows): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
  return `${paint(terminal, "bold", title)}\n${lines.join("\n")}\n`;
}

function valueHint(option: Option): string {
  if (option.kind === "flag") return "";
  if (option.kind === "choice") return ` ${option.choices.join("|")}`;
  return "hint" in option ? ` <${option.hint}>` : " <number>";
}
