/** @file `scratchlm tokenizer inspect`: where a text is cut, and what it costs in other vocabularies. */
import { UserError } from "../errors.ts";
import type { SpecialTokenOptions, Tokenizer } from "../tokenizer/index.ts";
import { openaiEncodings } from "../tokenizer/index.ts";
import { defineCommand } from "./command.ts";
import { costOf, costTable } from "./compression.ts";
import type { Cost } from "./compression.ts";
import { formatCount } from "./number-format.ts";
import type { OptionValues } from "./option.ts";
import {
  specialTokenIn,
  specialTokenOptions,
  specialTokenPolicy,
} from "./special-token-options.ts";
import type { Terminal } from "./terminal.ts";
import { paint } from "./terminal.ts";
import { givenText, textInputs } from "./text-input.ts";
import { tokenGrid } from "./token-grid.ts";
import type { ShownToken } from "./token-grid.ts";
import {
  chooseTokenizer,
  encodingNamed,
  tokenizerAt,
  tokenizerOptions,
} from "./tokenizer-choice.ts";
import type { NamedTokenizer } from "./tokenizer-choice.ts";

const defaultEncoding = "o200k_base";
const defaultOthers = "gpt2,cl100k_base,o200k_base";
const defaultMaxTokens = 500;

const options = {
  ...tokenizerOptions,
  text: { kind: "text", hint: "text", description: "look at this text instead of files" },
  compare: {
    kind: "text",
    hint: "names",
    description: `encodings and paths to compare with, with commas between (default: ${defaultOthers})`,
  },
  maxTokens: {
    kind: "whole",
    least: 1,
    description: `how many tokens are shown (default: ${defaultMaxTokens}; with --json all)`,
  },
  json: { kind: "flag", description: "everything as JSON" },
  ...specialTokenOptions,
} as const;

export const inspectCommand = defineCommand({
  usage: "tokenizer inspect [files…]",
  description:
    `Shows the tokens of a text in colours with their ids below (spaces as ·, new lines as ⏎, parts of characters as <e4>), ` +
    `bytes per token, and what the text costs in other vocabularies. Without --encoding or --tokenizer: ${defaultEncoding}.`,
  options,
  examples: [
    ['tokenizer inspect --text "Every effort moves you"', "look at a sentence"],
    ["tokenizer inspect --tokenizer runs/my my.txt", "how well a vocabulary of your own does"],
    ["tokenizer inspect --compare gpt2,runs/a,runs/b my.txt", "several vocabularies on one text"],
  ],
  async run({ values, positionals }, terminal) {
    const text = await readAll(values.text, positionals, terminal);
    const isChosen = values.encoding !== undefined || values.tokenizer !== undefined;
    const own = await (isChosen ? chooseTokenizer(values) : encodingNamed(defaultEncoding));
    const inspection = await inspect(own, text, values);
    terminal.stdout.write(
      values.json ? `${jsonOf(inspection, values)}\n` : shown(inspection, values, terminal),
    );
    return 0;
  },
});

type Values = OptionValues<typeof options>;

interface Inspection {
  readonly name: string;
  readonly numCharacters: number;
  readonly sizeBytes: number;
  readonly tokens: readonly ShownToken[];
  readonly costs: readonly Cost[];
}

async function readAll(
  given: string | undefined,
  paths: readonly string[],
  terminal: Terminal,
): Promise<string> {
  if (given !== undefined && paths.length > 0) {
    throw new UserError(
      `--text: expected no files beside it, got ${paths.length}. Leave out one of them.`,
    );
  }
  const inputs = given === undefined ? textInputs(paths, terminal) : [givenText("--text", given)];
  const pieces: string[] = [];
  for (const input of inputs) {
    for await (const { text } of input.chunks()) pieces.push(text);
  }
  return pieces.join("");
}

async function inspect(own: NamedTokenizer, text: string, values: Values): Promise<Inspection> {
  const { name, tokenizer } = own;
  const ids = encode(text, tokenizer, specialTokenPolicy(values, tokenizer));
  const sizeBytes = Buffer.byteLength(text);
  const ownCost = {
    ...{ name, vocabSize: tokenizer.vocabSize, numTokens: ids.length },
    bytesPerToken: ids.length && sizeBytes / ids.length,
  };
  const costs: Cost[] = [ownCost];
  for (const other of (values.compare ?? defaultOthers).split(",").filter(Boolean)) {
    if (other !== name) costs.push(costOf(await namedTokenizer(other), { text, sizeBytes }));
  }
  const bytesOf = tokenBytes(tokenizer);
  const tokens = Array.from(ids, (id) => ({ id, bytes: bytesOf(id) }));
  return { name, numCharacters: Array.from(text).length, sizeBytes, tokens, costs };
}

function encode(text: string, tokenizer: Tokenizer, special: SpecialTokenOptions): Uint32Array {
  try {
    return tokenizer.encode(text, special);
  } catch (error) {
    throw specialTokenIn("inspect", error);
  }
}

function namedTokenizer(name: string): Promise<NamedTokenizer> {
  return Object.hasOwn(openaiEncodings, name) ? encodingNamed(name) : tokenizerAt(name);
}

function tokenBytes(tokenizer: Tokenizer): (id: number) => Uint8Array {
  if ("tokenBytes" in tokenizer) {
    return (id) => (tokenizer as { tokenBytes(id: number): Uint8Array }).tokenBytes(id);
  }
  return (id) => Buffer.from(tokenizer.decode([id]));
}

function jsonOf({ tokens, ...inspection }: Inspection, { maxTokens = Infinity }: Values): string {
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  return JSON.stringify(
    {
      ...inspection,
      numTokens: tokens.length,
      tokens: tokens.slice(0, maxTokens).map(({ id, bytes }) => {
        return { id, text: utf8.decode(bytes), bytes: Array.from(bytes) };
      }),
    },
    null,
    2,
  );
}

function shown(inspection: Inspection, { maxTokens }: Values, terminal: Terminal): string {
  const { tokens, costs, numCharacters, sizeBytes } = inspection;
  const grid = tokenGrid(tokens.slice(0, maxTokens ?? defaultMaxTokens), terminal);
  const rest = tokens.length - (maxTokens ?? defaultMaxTokens);
  const counts = [
    `${formatCount(tokens.length)} tokens`,
    `${formatCount(numCharacters)} characters`,
    `${formatCount(sizeBytes)} bytes`,
    ...(tokens.length > 0 ? [`${(sizeBytes / tokens.length).toFixed(2)} bytes per token`] : []),
  ].join(", ");
  return [
    ...(grid === "" ? [] : [grid]),
    ...(rest > 0 ? [`… and ${formatCount(rest)} more (--max-tokens)`] : []),
    "",
    `${paint(terminal, "bold", inspection.name)}: ${counts}`,
    "",
    costTable(costs),
    "",
  ].join("\n");
}
