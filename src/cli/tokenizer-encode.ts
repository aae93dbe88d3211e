/** @file `scratchlm tokenizer encode`: the ids of a text, however large. */
import { UserError } from "../errors.ts";
import { encodeDocument } from "../data/index.ts";
import type { SpecialTokenOptions, Tokenizer } from "../tokenizer/index.ts";
import { defineCommand } from "./command.ts";
import { writeFlowing } from "./flow.ts";
import {
  specialTokenIn,
  specialTokenOptions,
  specialTokenPolicy,
} from "./special-token-options.ts";
import type { TextSink } from "./terminal.ts";
import { givenText, textInputs } from "./text-input.ts";
import type { TextInput } from "./text-input.ts";
import { chooseTokenizer, tokenizerOptions } from "./tokenizer-choice.ts";

export const encodeCommand = defineCommand({
  usage: "tokenizer encode [files…]",
  description:
    "Prints the token ids of texts: of files, of - (standard input, also where no file is named) or of --text; " +
    "a line for each. Texts are read as they are, byte for byte, and need not fit into memory.",
  options: {
    ...tokenizerOptions,
    text: { kind: "text", hint: "text", description: "encode this text instead of files" },
    json: { kind: "flag", description: "a JSON array for each text (default: ids with spaces)" },
    ...specialTokenOptions,
  },
  examples: [
    ["tokenizer encode --encoding cl100k_base --json my.txt", "a JSON array of ids"],
    ['tokenizer encode --encoding gpt2 --text "Every effort moves you"', "6109 3626 6100 345"],
    ["tokenizer encode --tokenizer runs/my my.txt", "with the tokenizer of a run"],
  ],
  async run({ values, positionals }, terminal) {
    if (values.text !== undefined && positionals.length > 0) {
      throw new UserError(
        `--text: expected no files beside it, got ${positionals.length}. Leave out one of them.`,
      );
    }
    const { tokenizer } = await chooseTokenizer(values);
    const special = specialTokenPolicy(values, tokenizer);
    const inputs =
      values.text === undefined
        ? textInputs(positionals, terminal)
        : [givenText("--text", values.text)];
    const form = values.json ? json : plain;
    for (const input of inputs) {
      try {
        await print(encodePieces(input, tokenizer, special), form, terminal.stdout);
      } catch (error) {
        throw specialTokenIn(input.name, error);
      }
    }
    return 0;
  },
});

const json = { start: "[", between: ",", end: "]\n" };
const plain = { start: "", between: " ", end: "\n" };

interface StreamingTokenizer extends Tokenizer {
  encodeStream(
    pieces: AsyncIterable<string>,
    options: SpecialTokenOptions,
  ): AsyncIterable<Uint32Array>;
}

/** Ids of a text in pieces: joined, they are those of the whole text. */
async function* encodePieces(
  input: TextInput,
  tokenizer: Tokenizer,
  special: SpecialTokenOptions,
): AsyncGenerator<Uint32Array> {
  if (canStream(tokenizer)) yield* tokenizer.encodeStream(texts(input), special);
  else for await (const { ids } of encodeDocument(input, tokenizer)) yield ids;
}

function canStream(tokenizer: Tokenizer): tokenizer is StreamingTokenizer {
  return "encodeStream" in tokenizer;
}

async function* texts(input: TextInput): AsyncGenerator<string> {
  for await (const { text } of input.chunks()) yield text;
}

/** Prints ids as they come; where none come because of an error, nothing. */
async function print(
  pieces: AsyncIterable<Uint32Array>,
  { start, between, end }: typeof json,
  stdout: TextSink,
): Promise<void> {
  let before = start;
  for await (const ids of pieces) {
    if (ids.length === 0) continue;
    await writeFlowing(stdout, before + ids.join(between));
    before = between;
  }
  stdout.write((before === start ? start : "") + end);
}
