/** @file `scratchlm tokenizer train`: a byte-pair vocabulary from text. */
import { openCorpus } from "../data/index.ts";
import type { Corpus } from "../data/index.ts";
import { requireTrainingOptions, trainBytePair, wordCuts } from "../tokenizer/index.ts";
import type { BytePairTokenizer, TrainingProgress } from "../tokenizer/index.ts";
import { defineCommand } from "./command.ts";
import { listenForInterruption } from "./interruption.ts";
import { formatCount, formatShort } from "./number-format.ts";
import type { OptionValues } from "./option.ts";
import { concludeTraining, measureTokenizer } from "./tokenizer-train-conclusion.ts";
import { chooseOutput, outputFormats, writeTokenizer } from "./tokenizer-output.ts";
import { TrainingScreen } from "./training-screen.ts";

const endOfText = "<|endoftext|>";
const patterns = Object.keys(wordCuts);

const options = {
  out: {
    kind: "text",
    hint: "path",
    description: "where it goes: a folder, or a file that ends in .json or .tiktoken",
  },
  vocabSize: {
    kind: "whole",
    least: 257,
    description: "tokens in all: special ones, 256 bytes and what is merged (8192)",
  },
  minFrequency: { kind: "whole", description: "pairs that are rarer are not merged (2)" },
  pattern: {
    kind: "text",
    hint: "name",
    description: `how text is cut into words: ${patterns.join(", ")} or a regular expression (gpt2)`,
  },
  specialTokens: {
    kind: "text",
    hint: "tokens",
    description: `with commas between; "" for none (${endOfText})`,
  },
  maxTokenLength: {
    kind: "whole",
    least: 1,
    description: "merged tokens stay shorter, in bytes; as Hugging Face's max_token_length (any)",
  },
  format: {
    kind: "choice",
    choices: outputFormats,
    description: "for a folder: tokenizer.json, or tiktoken's file of ranks (tokenizer.json)",
  },
  overwrite: { kind: "flag", description: "replace what is there" },
  json: { kind: "flag", description: "print a summary as JSON" },
} as const;

type Values = OptionValues<typeof options>;

export const trainCommand = defineCommand({
  usage: "tokenizer train <files…>",
  description:
    "Learns a byte-pair vocabulary: from files, patterns such as 'texts/**/*.txt', or - for standard input, larger than " +
    "memory if need be. The same text gives the same vocabulary, that of Hugging Face's trainer. Ctrl-C ends it (exit code 130) and leaves nothing.",
  options,
  examples: [
    ["tokenizer train my.txt --out my-tokenizer", "8,192 tokens into my-tokenizer/tokenizer.json"],
    [
      "tokenizer train 'books/*.txt' --vocab-size 32768 --pattern o200k --out books.json",
      "a larger one, words cut as GPT-4o does",
    ],
    ["tokenizer train my.txt --out my.tiktoken --special-tokens ''", "in tiktoken's format"],
  ],
  async run({ values, positionals }, terminal) {
    const settings = settingsFrom(values);
    requireTrainingOptions(settings);
    const output = await chooseOutput(values);
    const screen = new TrainingScreen(terminal);
    const interruption = listenForInterruption(terminal, () => {});
    const { signal } = interruption;
    const note = (text: string) => void (values.json || screen.note(text));
    try {
      const corpus = await openCorpus(positionals, { stdin: terminal.stdin, signal });
      try {
        const start = performance.now();
        const tokenizer = await train(corpus, settings, { note, signal });
        const measured = await measureTokenizer(corpus, tokenizer, signal);
        signal.throwIfAborted();
        const path = await writeTokenizer(output, tokenizer);
        screen.clear();
        const trained = {
          ...measured,
          path,
          tokenizer,
          settings,
          elapsedMs: performance.now() - start,
        };
        terminal.stdout.write(concludeTraining(trained, corpus, values.json ?? false));
      } finally {
        await corpus.close();
      }
    } catch (error) {
      screen.end();
      if (error !== signal.reason || interruption.exitCode === undefined) throw error;
      if (!values.json) screen.print("Stopped; nothing was written.");
    } finally {
      interruption.end();
    }
    return interruption.exitCode ?? 0;
  },
});

function settingsFrom(values: Values) {
  const { vocabSize = 8192, minFrequency = 2, pattern, maxTokenLength } = values;
  const specialTokens = (values.specialTokens ?? endOfText).split(",").filter(Boolean);
  return { vocabSize, minFrequency, pattern, maxTokenLength, specialTokens };
}

interface Watching {
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

function train(
  corpus: Corpus,
  settings: ReturnType<typeof settingsFrom>,
  { note, signal }: Watching,
): Promise<BytePairTokenizer> {
  const start = performance.now();
  let doneBytes = 0;
  function* documents() {
    for (const document of corpus.documents) yield piecesOf(document);
  }
  async function* piecesOf(document: Corpus["documents"][number]) {
    for await (const { text, sizeBytes } of document.chunks()) {
      yield text;
      doneBytes += sizeBytes;
    }
  }
  const onProgress = (progress: TrainingProgress) => {
    if (progress.stage === "merging") {
      const { numMerges, mostMerges } = progress;
      return note(`merges ${formatCount(numMerges)}/${formatCount(mostMerges)}`);
    }
    const share = Math.round((100 * doneBytes) / corpus.sizeBytes);
    const speed = (doneBytes / (performance.now() - start)) * 1000;
    const words = formatCount(progress.numDistinctWords);
    return note(`reading ${share} %  ${formatShort(speed)}B/s  ${words} distinct words`);
  };
  return trainBytePair(documents(), { ...settings, signal, onProgress });
}
