/** @file `scratchlm evaluate`: how well a model predicts texts, in float32 and in few bits. */
import { UserError } from "../errors.ts";
import { encodeCorpus, openCorpus } from "../data/index.ts";
import type { OpenTokenSource } from "../data/index.ts";
import { bitsPerByte, textLoss } from "../evaluation/index.ts";
import { createEngine } from "../generation/index.ts";
import type { Quantization } from "../nn/index.ts";
import { chooseDevice } from "../runtime/index.ts";
import { openModel, readModelTokenizer } from "../weights/index.ts";
import { defineCommand } from "./command.ts";
import { listenForInterruption } from "./interruption.ts";
import { modelPath } from "./model-path.ts";
import { formatCount } from "./number-format.ts";
import type { OptionValues } from "./option.ts";
import { sittingOptions } from "./pretrain-options.ts";
import { alignColumns } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const options = {
  model: {
    kind: "text",
    hint: "path",
    description: "a run, a folder or file of a model, or a downloaded model",
  },
  quantization: {
    kind: "text",
    hint: "none,q8,q4",
    description: "which weights to measure: float32, 8 bits, 4 bits (all three)",
  },
  blockSize: { kind: "whole", least: 2, description: "tokens read together (the model's context)" },
  json: { kind: "flag", description: "print JSON" },
  ...sittingOptions,
} as const;

type Values = OptionValues<typeof options>;

const titles = { none: "float32", q8: "8 bits", q4: "4 bits" } as const;
type Weights = keyof typeof titles;

interface Measured {
  readonly weights: Weights;
  /** Nats per token. */
  readonly loss: number;
  readonly perplexity: number;
  readonly bitsPerByte: number;
  readonly tokensPerSecond: number;
}

export const evaluateCommand = defineCommand({
  usage: "evaluate --model <path> <files…>",
  description:
    "Measures how well a model predicts texts: loss in nats per token, perplexity, and bits per byte, which compares " +
    "models of different vocabularies. The text is read in windows of the context that do not overlap.",
  options,
  examples: [
    ["evaluate --model gpt2 book.txt", "what 8 and 4 bits cost"],
    ["evaluate --model runs/my --quantization none --json 'texts/*.txt'", "for a script"],
  ],
  async run({ values, positionals }, terminal) {
    if (values.model === undefined) {
      throw new UserError(`--model: expected a model, got none. Write --model runs/<name>.`);
    }
    const kinds = weightsOf(values.quantization ?? "none,q8,q4");
    const path = await modelPath(values.model);
    const interruption = listenForInterruption(terminal, () => {});
    const { signal } = interruption;
    try {
      const text = await readText(path, positionals, { terminal, signal });
      const measured: Measured[] = [];
      for (const weights of kinds) {
        measured.push(await measure(weights, { path, text, values, signal }));
      }
      terminal.stdout.write(values.json ? json(path, text, measured) : table(text, measured));
      return 0;
    } catch (error) {
      if (signal.aborted && error === signal.reason) return interruption.exitCode ?? 1;
      throw error;
    } finally {
      interruption.end();
    }
  },
});

function weightsOf(list: string): readonly Weights[] {
  return list.split(",").map((word) => {
    const name = word.trim();
    if (Object.hasOwn(titles, name)) return name as Weights;
    throw new UserError(`--quantization: expected some of none, q8, q4, got "${name}".`);
  });
}

interface Text {
  readonly tokens: OpenTokenSource;
  readonly sizeBytes: number;
}

/** The files as the ids of the model's own tokenizer. */
async function readText(
  path: string,
  files: readonly string[],
  { terminal, signal }: { readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<Text> {
  const tokenizer = await readModelTokenizer(path);
  if (!tokenizer) {
    throw new UserError(
      `${path}: expected a model with a tokenizer, got none. A folder has one in tokenizer.json.`,
    );
  }
  const corpus = await openCorpus(files, { stdin: terminal.stdin, signal });
  try {
    const tokens = await encodeCorpus(corpus, tokenizer, { signal });
    if (tokens.length > 1) return { tokens, sizeBytes: corpus.sizeBytes };
    throw new UserError(`evaluate: expected a text of two tokens or more, got ${tokens.length}.`);
  } finally {
    await corpus.close();
  }
}

async function measure(
  weights: Weights,
  given: { path: string; text: Text; values: Values; signal: AbortSignal },
): Promise<Measured> {
  const { path, text, values, signal } = given;
  const { threads, blockSize } = values;
  const quantization: Quantization | undefined = weights === "none" ? undefined : weights;
  const device = await chooseDevice(values.device ?? "cpu");
  const { model } = await openModel(path, {
    ...{ quantization, hasTokenizer: false },
    keepsBlocks: quantization !== undefined, // none: computed in float32 too
  });
  const engine = await createEngine(model, {
    ...{ device, weights: "moved" },
    ...(threads !== undefined && { threads }),
  });
  try {
    const windowLength = Math.min(blockSize ?? Infinity, engine.contextLength);
    const start = performance.now();
    const { loss } = await textLoss(engine, text.tokens, { windowLength, signal });
    const tokensPerSecond = (1000 * text.tokens.length) / (performance.now() - start);
    const bytesPerToken = text.sizeBytes / text.tokens.length;
    return {
      ...{ weights, loss, perplexity: Math.exp(loss) },
      ...{ bitsPerByte: bitsPerByte(loss, bytesPerToken), tokensPerSecond },
    };
  } finally {
    engine.release();
  }
}

function table({ tokens, sizeBytes }: Text, measured: readonly Measured[]): string {
  const rows = measured.map((one) => [
    titles[one.weights],
    one.loss.toFixed(4),
    one.perplexity.toFixed(3),
    one.bitsPerByte.toFixed(4),
    formatCount(one.tokensPerSecond),
  ]);
  const head = ["weights", "loss", "perplexity", "bits/byte", "tokens/s"];
  const counts = `${formatCount(tokens.length)} tokens, ${formatCount(sizeBytes)} bytes`;
  return `${counts}\n${alignColumns([head, ...rows]).join("\n")}\n`;
}

function json(model: string, { tokens, sizeBytes }: Text, results: readonly Measured[]): string {
  return `${JSON.stringify({ model, numTokens: tokens.length, sizeBytes, results })}\n`;
}
