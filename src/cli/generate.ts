/** @file `scratchlm generate`: a model goes on with a text. */
import { text as readText } from "node:stream/consumers";
import { UserError } from "../errors.ts";
import { Continuation, createEngine, generate, samplerFrom } from "../generation/index.ts";
import type { Engine } from "../generation/index.ts";
import { Generator } from "../random/index.ts";
import { chooseDevice } from "../runtime/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { openModelDirectory } from "../weights/index.ts";
import { defineCommand } from "./command.ts";
import { describeCpuFallbacks } from "./cpu-fallbacks.ts";
import { listenForInterruption } from "./interruption.ts";
import { modelDirectory } from "./model-path.ts";
import type { OptionValues } from "./option.ts";
import { sittingOptions } from "./pretrain-options.ts";
import { defaultPrompt, requirePrompt } from "./prompt.ts";

import type { Terminal } from "./terminal.ts";

const options = {
  model: { kind: "text", hint: "folder", description: "a run, a checkpoint or a model directory" },
  prompt: { kind: "text", hint: "text", description: "what to go on from (standard input)" },
  maxNewTokens: { kind: "whole", least: 1, description: "how much to write (200)" },
  temperature: { kind: "number", description: "0 always takes the likeliest token (0.8)" },
  topK: { kind: "whole", least: 1, description: "choose among the k likeliest (all)" },
  seed: { kind: "whole", description: "the same seed, the same text (random)" },
  json: { kind: "flag", description: "print JSON when all is written" },
  ...sittingOptions,
} as const;

type Values = OptionValues<typeof options>;

export const generateCommand = defineCommand({
  usage: "generate --model <folder>",
  description:
    "Lets a model go on with a text, printed as it comes. Ctrl-C ends it (exit code 130).",
  options,
  examples: [
    ["generate --model runs/my --prompt 'Call me '", "from a run's best checkpoint"],
    ["generate --model runs/my --temperature 0", "the likeliest text, always the same"],
    ["generate --model runs/my --top-k 20 --seed 1 --json < prompt.txt", "for a script"],
  ],
  async run({ values, positionals }, terminal) {
    if (values.model === undefined || positionals.length > 0) throw wrongModel(positionals);
    const device = await chooseDevice(values.device ?? "cpu");
    const path = await modelDirectory(values.model);
    const { model, tokenizer } = await openModelDirectory(path);
    if (!tokenizer)
      throw new UserError(`${path}: expected a tokenizer.json, got none. Put it there.`);
    const prompt = await choosePrompt(values, tokenizer, terminal);
    const { threads } = values;
    const engine = await createEngine(model, { device, ...(threads !== undefined && { threads }) });
    terminal.stderr.write(describeCpuFallbacks({ writing: engine.cpuFallbacks }));
    try {
      return await write({ engine, tokenizer, prompt, path }, values, terminal);
    } finally {
      engine.release();
    }
  },
});

interface Writing {
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  readonly prompt: string;
  readonly path: string;
}

async function write(writing: Writing, values: Values, terminal: Terminal): Promise<number> {
  const { engine, tokenizer, prompt, path } = writing;
  const { maxNewTokens = 200, temperature = 0.8, topK, json = false } = values;
  const seed = values.seed ?? Math.floor(Math.random() * 2 ** 32);
  const sample = samplerFrom({ temperature, ...(topK && { topK }) }, new Generator(seed));
  const interruption = listenForInterruption(terminal, () => {});
  const print = (text: string) => void (json || terminal.stdout.write(text));
  const ids = tokenizer.encode(prompt);
  const continuation = new Continuation(tokenizer, ids);
  try {
    print(prompt);
    const { signal } = interruption;
    for await (const id of generate(engine, ids, { maxNewTokens, sample, signal })) {
      print(continuation.add(id));
    }
    print(`${continuation.end()}\n`);
  } finally {
    interruption.end();
  }
  const { text, numTokens } = continuation;
  if (json)
    terminal.stdout.write(`${JSON.stringify({ model: path, seed, prompt, text, numTokens })}\n`);
  return interruption.exitCode ?? 0;
}

/** The option, else what is piped in, else a beginning that any text could have. */
async function choosePrompt(
  values: Values,
  tokenizer: Tokenizer,
  { stdin }: Terminal,
): Promise<string> {
  const piped = values.prompt === undefined && stdin.isTTY !== true ? await readText(stdin) : "";
  const prompt = values.prompt ?? (piped || defaultPrompt(tokenizer));
  requirePrompt(values.prompt === undefined ? "standard input" : "--prompt", prompt, tokenizer);
  return prompt;
}

function wrongModel(positionals: readonly string[]): UserError {
  const got = positionals.length > 0 ? `"${positionals[0]}" without --model` : "none";
  return new UserError(`--model: expected a folder, got ${got}. Write --model runs/<name>.`);
}
