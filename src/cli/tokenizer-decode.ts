/** @file `scratchlm tokenizer decode`: the text of ids, exactly, however many there are. */
import { UserError } from "../errors.ts";
import { CharacterJoiner } from "../tokenizer/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { defineCommand } from "./command.ts";
import { writeFlowing } from "./flow.ts";
import { readIds } from "./id-input.ts";
import type { Terminal } from "./terminal.ts";
import { bytesOf, inputName } from "./text-input.ts";
import { chooseTokenizer, tokenizerOptions } from "./tokenizer-choice.ts";

export const decodeCommand = defineCommand({
  usage: "tokenizer decode [file]",
  description:
    "Prints the text of token ids, and nothing after it. The ids come from a file or from standard input, as a JSON array " +
    "or with spaces or commas between, or from --ids.",
  options: {
    ...tokenizerOptions,
    ids: { kind: "text", hint: "ids", description: "decode these ids instead of a file" },
  },
  examples: [
    ['tokenizer decode --encoding gpt2 --ids "6109 3626 6100 345"', "Every effort moves you"],
    ["tokenizer decode --tokenizer runs/my ids.json", "a JSON array of ids"],
  ],
  async run({ values, positionals }, terminal) {
    if (positionals.length + (values.ids === undefined ? 0 : 1) > 1) {
      throw new UserError(
        `decode: expected one file or --ids, got ${positionals.length} files${values.ids === undefined ? "" : " and --ids"}. Decode them one by one.`,
      );
    }
    const { tokenizer } = await chooseTokenizer(values);
    const [name, bytes] = source(values.ids, positionals[0] ?? "-", terminal);
    for await (const text of decoded(readIds(name, bytes), tokenizer)) {
      await writeFlowing(terminal.stdout, text);
    }
    return 0;
  },
});

function source(
  ids: string | undefined,
  path: string,
  terminal: Terminal,
): [name: string, bytes: AsyncIterable<Uint8Array>] {
  if (ids === undefined) return [inputName(path), bytesOf(path, terminal)];
  return [
    "--ids",
    (async function* () {
      yield Buffer.from(ids);
    })(),
  ];
}

/** Text as it comes where a tokenizer can tell; else, since a token may change what is before it, the whole at the end. */
async function* decoded(
  pieces: AsyncIterable<number[]>,
  tokenizer: Tokenizer,
): AsyncGenerator<string> {
  if ("decodeBytes" in tokenizer) {
    const characters = new CharacterJoiner();
    const decoder = tokenizer as Tokenizer & { decodeBytes(ids: number[]): Uint8Array };
    for await (const ids of pieces) yield characters.push(decoder.decodeBytes(ids));
    yield characters.end();
  } else if ("decodeStream" in tokenizer) {
    type Streaming = { decodeStream(ids: AsyncIterable<number>): AsyncIterable<string> };
    yield* (tokenizer as Tokenizer & Streaming).decodeStream(flat(pieces));
  } else {
    const all: number[][] = [];
    for await (const ids of pieces) all.push(ids);
    yield tokenizer.decode(all.flat());
  }
}

async function* flat(pieces: AsyncIterable<number[]>): AsyncGenerator<number> {
  for await (const ids of pieces) yield* ids;
}
