/** @file The commands under `scratchlm tokenizer`. */
import type { Command, Commands } from "./command.ts";

export const tokenizerCommands: Commands = {
  train: {
    summary: "learn a byte-pair vocabulary from text",
    load: async () => (await import("./tokenizer-train.ts")).trainCommand as unknown as Command,
  },
  encode: {
    summary: "text to token ids",
    load: async () => (await import("./tokenizer-encode.ts")).encodeCommand as unknown as Command,
  },
  decode: {
    summary: "token ids to text",
    load: async () => (await import("./tokenizer-decode.ts")).decodeCommand as unknown as Command,
  },
  inspect: {
    summary: "show the tokens of a text, and what it costs in other vocabularies",
    load: async () => (await import("./tokenizer-inspect.ts")).inspectCommand as unknown as Command,
  },
};
