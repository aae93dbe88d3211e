/** @file `scratchlm generate`: a model goes on with a text. */
import { UserError } from "../errors.ts";
import { severalOf, writeTexts } from "../generation/index.ts";
import type { TextRequest } from "../generation/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { defineCommand } from "./command.ts";
import { constraintFrom } from "./constraint-option.ts";
import { GeneratedTexts } from "./generated-texts.ts";
import { listenForInterruption } from "./interruption.ts";
import { openWriter, writerOptions } from "./open-writer.ts";
import type { Writer } from "./open-writer.ts";
import type { OptionValues } from "./option.ts";
import { defaultPrompt, requirePrompt } from "./prompt.ts";
import { parseIds, samplingFrom, samplingOptions, seedFrom } from "./sampling-options.ts";
import type { Terminal } from "./terminal.ts";
import { wholeText } from "./text-input.ts";

const options = {
  model: {
    kind: "text",
    hint: "path",
    description: "a run, a folder or file of a model, or a downloaded model",
  },
  prompt: { kind: "text", hint: "text", description: "what to go on from (standard input)" },
  promptIds: {
    kind: "text",
    hint: "5,8,13",
    description: "the same as token ids; needs no tokenizer, and ids are printed",
  },
  maxNewTokens: { kind: "whole", least: 1, description: "how much to write (200)" },
  ...samplingOptions,
  stop: {
    kind: "texts",
    hint: "text",
    description: "ends the text before it, besides what the model ends with; may be repeated",
  },
  stopIds: { kind: "text", hint: "5,8", description: "token ids that end the text" },
  regex: {
    kind: "text",
    hint: "expression",
    description: "the text matches this regular expression as a whole",
  },
  jsonSchema: { kind: "text", hint: "file", description: "the text is JSON that fits this schema" },
  contextOverflow: {
    kind: "choice",
    choices: ["slide", "refuse"],
    description: "beyond the context, see only the end of the text, or stop (slide)",
  },
  numSamples: { kind: "whole", least: 1, description: "texts for the prompt (1)" },
  logProbs: {
    kind: "whole",
    description: "with --json: how likely each token was, and so many of the likeliest",
  },
  json: { kind: "flag", description: "print JSON when all is written" },
  ...writerOptions,
} as const;

type Values = OptionValues<typeof options>;

/** Rows of the engine: more texts than these take turns. */
const mostRows = 16;

export const generateCommand = defineCommand({
  usage: "generate --model <path>",
  description:
    "Lets a model go on with a text, printed as it comes. Ctrl-C ends it (exit code 130).",
  options,
  examples: [
    ["generate --model runs/my --prompt 'Call me '", "from a run's best checkpoint"],
    ["generate --model runs/my --temperature 0", "the likeliest text, always the same"],
    ["generate --model runs/my --top-k 20 --seed 1 --json < prompt.txt", "for a script"],
    ["generate --model gpt2 --prompt-ids 5,8,13 --max-new-tokens 12 --json", "ids in, ids out"],
  ],
  async run({ values, positionals }, terminal) {
    if (values.model === undefined || positionals.length > 0) throw wrongModel(positionals);
    const request = requestFrom(values); // what is wrong is said before weights are read
    const rows = values.draftModel === undefined ? Math.min(values.numSamples ?? 1, mostRows) : 1;
    const writer = await openWriter(values.model, values, terminal, {
      batchSize: rows,
      hasTokenizer: needsTokenizer(values),
    });
    try {
      return await write(writer, request, values, terminal);
    } finally {
      writer.release();
    }
  },
});

function requestFrom(values: Values): Omit<TextRequest, "prompt"> {
  if (values.logProbs !== undefined && !values.json) {
    throw new UserError("--log-probs: expected --json beside it, got none. Add --json.");
  }
  if (values.prompt !== undefined && values.promptIds !== undefined) {
    throw new UserError("--prompt-ids: expected no --prompt beside it, got one. Leave one out.");
  }
  return {
    ...samplingFrom(values),
    maxNewTokens: values.maxNewTokens ?? 200,
    seed: seedFrom(values),
    stop: values.stop,
    logProbs: values.logProbs,
    overflow: values.contextOverflow,
  };
}

/** With ids in and ids out, a tokenizer that cannot be read does no harm. */
function needsTokenizer({ promptIds, stop, regex, jsonSchema }: Values): boolean {
  return promptIds === undefined || [stop, regex, jsonSchema].some((each) => each !== undefined);
}

async function write(
  writer: Writer,
  request: Omit<TextRequest, "prompt">,
  values: Values,
  terminal: Terminal,
): Promise<number> {
  const { tokenizer, decoder, path } = writer;
  const { ids, text } = await promptFrom(values, writer, terminal);
  const stopIds = [
    ...writer.endIds,
    ...(values.stopIds === undefined ? [] : parseIds("--stop-ids", values.stopIds)),
  ];
  const constraint = await constraintFrom(values, tokenizer, stopIds);
  const asked = { ...request, prompt: ids, stopIds, constraint };
  const requests = severalOf(asked, values.numSamples ?? 1);
  const texts = new GeneratedTexts(requests, { model: path, prompt: text });
  const interruption = listenForInterruption(terminal, () => {});
  const print = (added: string) => void (values.json || terminal.stdout.write(added));
  try {
    print(texts.begin());
    const { signal } = interruption;
    for await (const piece of writeTexts(decoder, tokenizer, requests, { signal })) {
      print(texts.add(piece));
    }
  } finally {
    interruption.end();
  }
  if (values.json) terminal.stdout.write(`${JSON.stringify(texts.toJson())}\n`);
  const share = writer.acceptanceRate();
  if (share !== undefined) {
    terminal.stderr.write(
      `of what the draft model proposed, ${(100 * share).toFixed(0)} % was taken\n`,
    );
  }
  return interruption.exitCode ?? 0;
}

/** The prompt's ids, and its text where it was one. */
async function promptFrom(values: Values, { tokenizer, path }: Writer, terminal: Terminal) {
  if (values.promptIds !== undefined) {
    return { ids: parseIds("--prompt-ids", values.promptIds), text: undefined };
  }
  if (!tokenizer) {
    throw new UserError(
      `${path}: expected a model with a tokenizer, got none. A folder has one in tokenizer.json; --prompt-ids needs none.`,
    );
  }
  const text = await choosePrompt(values, tokenizer, terminal);
  return { ids: tokenizer.encode(text), text };
}

/** The option, else what is piped in, else a beginning that any text could have. */
async function choosePrompt(
  values: Values,
  tokenizer: Tokenizer,
  terminal: Terminal,
): Promise<string> {
  const isPiped = values.prompt === undefined && terminal.stdin.isTTY !== true;
  const piped = isPiped ? await wholeText(terminal) : "";
  const prompt = values.prompt ?? (piped || defaultPrompt(tokenizer));
  requirePrompt(values.prompt === undefined ? "standard input" : "--prompt", prompt, tokenizer);
  return prompt;
}

function wrongModel(positionals: readonly string[]): UserError {
  const got = positionals.length > 0 ? `"${positionals[0]}" without --model` : "none";
  return new UserError(`--model: expected a model, got ${got}. Write --model runs/<name>.`);
}
