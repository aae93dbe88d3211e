/** @file `scratchlm prepare`: text to shards of token ids, for training. */
import { availableParallelism } from "node:os";
import { UserError } from "../errors.ts";
import { isPrepared, openCorpus, prepareShards } from "../data/index.ts";
import type { Prepared } from "../data/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { defineCommand } from "./command.ts";
import { listenForInterruption } from "./interruption.ts";
import { formatBytes, formatCount } from "./number-format.ts";
import type { OptionValues } from "./option.ts";
import { PrepareLine } from "./prepare-line.ts";
import type { Terminal } from "./terminal.ts";
import { chooseTokenizer, tokenizerOptions } from "./tokenizer-choice.ts";

const defaultEndOfText = "<|endoftext|>";

const options = {
  ...tokenizerOptions,
  out: { kind: "text", hint: "folder", description: "where the shards go" },
  format: {
    kind: "choice",
    choices: ["auto", "text", "jsonl"],
    description: "what the files are (default: auto, by their names)",
  },
  field: {
    kind: "text",
    hint: "name",
    description: "where a line of JSONL has its text (default: text)",
  },
  documentSeparator: {
    kind: "text",
    hint: "text",
    description:
      "what stands between documents in plain text; \\n is a new line (default: a file is one)",
  },
  endOfText: {
    kind: "text",
    hint: "token",
    description: `the special token behind each document, or none (default: ${defaultEndOfText})`,
  },
  shardTokens: {
    kind: "whole",
    least: 1,
    description: "tokens in a shard (default: 100,000,000)",
  },
  threads: { kind: "whole", least: 1, description: "threads that encode (default: all cores)" },
  overwrite: { kind: "flag", description: "replace what an earlier prepare put there" },
  json: { kind: "flag", description: "print the result as JSON" },
} as const;

type Values = OptionValues<typeof options>;

export const prepareCommand = defineCommand({
  usage: "prepare <files…>",
  description:
    "Turns text into shards of token ids: files, patterns such as 'texts/**/*.txt', or - for standard input; plain text, or " +
    "JSONL with a document a line. Ctrl-C keeps finished shards, if there are any, and the same command goes on from there, to the same bytes.",
  options,
  examples: [
    ["prepare --encoding gpt2 --out tokens 'books/*.txt'", "a file is a document"],
    ["prepare --tokenizer my-tokenizer --out tokens stories.jsonl --field story", "a line is one"],
    [
      "prepare --encoding gpt2 --out tokens --document-separator '<|endoftext|>' stories.txt",
      "documents in one file",
    ],
    ["pretrain tokens", "then: train on them"],
  ],
  async run({ values, positionals }, terminal) {
    const { out } = values;
    if (positionals.length === 0 || out === undefined) throw missing(positionals);
    const line = new PrepareLine(terminal);
    const interruption = listenForInterruption(terminal, () => line.end());
    try {
      const prepared = await prepare(positionals, out, values, {
        ...{ terminal, line, signal: interruption.signal },
      });
      line.end();
      terminal.stdout.write(values.json ? `${JSON.stringify(prepared)}\n` : conclusion(prepared));
    } catch (error) {
      line.end();
      if (error !== interruption.signal.reason) throw error;
      terminal.stderr.write(
        isPrepared(out)
          ? "Stopped. The same command goes on behind the last finished shard.\n"
          : "Stopped before the first shard was finished; nothing was written.\n",
      );
    } finally {
      interruption.end();
    }
    return interruption.exitCode ?? 0;
  },
});

interface Work {
  readonly terminal: Terminal;
  readonly line: PrepareLine;
  readonly signal: AbortSignal;
}

async function prepare(
  files: readonly string[],
  out: string,
  values: Values,
  { terminal, line, signal }: Work,
): Promise<Prepared> {
  const { tokenizer } = await chooseTokenizer(values);
  const endOfText = endOfTextIds(values.endOfText ?? defaultEndOfText, tokenizer);
  const corpus = await openCorpus(files, { stdin: terminal.stdin, signal });
  try {
    return await prepareShards(corpus, out, {
      tokenizer,
      endOfText,
      signal,
      onProgress: (progress) => line.show(progress),
      numThreads: values.threads ?? availableParallelism(),
      documentSeparator: values.documentSeparator?.replaceAll(
        /\\[nrt]/g,
        (escape) => escapes[escape],
      ),
      format: values.format as "auto" | "text" | "jsonl" | undefined,
      field: values.field,
      shardTokens: values.shardTokens,
      overwrite: values.overwrite,
    });
  } finally {
    await corpus.close();
  }
}

const escapes: Readonly<Record<string, string>> = { "\\n": "\n", "\\r": "\r", "\\t": "\t" };

function endOfTextIds(token: string, { specialTokens }: Tokenizer): number[] {
  if (token === "none") return [];
  const id = specialTokens?.get(token);
  if (id !== undefined) return [id];
  const known = [...(specialTokens?.keys() ?? [])].slice(0, 8);
  const advice = known.length > 0 ? `Choose ${known.join(", ")} or none.` : "Write none.";
  throw new UserError(
    `--end-of-text: expected a special token of this tokenizer, got ${JSON.stringify(token)}. ${advice}`,
  );
}

function missing(files: readonly string[]): UserError {
  const [expected, got] =
    files.length === 0 ? ["at least one file", "none"] : ["--out beside the files", "none"];
  return new UserError(
    `prepare: expected ${expected}, got ${got}. Write scratchlm prepare --encoding gpt2 --out tokens my.txt.`,
  );
}

function conclusion(prepared: Prepared): string {
  const { folder, numShards, numTokens, numDocuments, sizeBytes, readBytes, readMs } = prepared;
  const speed = `${formatBytes((1000 * readBytes) / Math.max(1, readMs))}/s`;
  return [
    `${formatCount(numTokens)} tokens of ${formatCount(numDocuments)} documents in ${formatCount(numShards)} shards: ${folder}`,
    readBytes === 0
      ? "All of it was there already."
      : `${formatBytes(sizeBytes)} of text, ${(sizeBytes / numTokens).toFixed(2)} bytes per token; ${formatBytes(readBytes)} read at ${speed}`,
    `Next: scratchlm pretrain ${folder}`,
    "",
  ].join("\n");
}
