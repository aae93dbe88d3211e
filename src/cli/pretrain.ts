/** @file `scratchlm pretrain`: from text to a model. */
import { UserError } from "../errors.ts";
import { corpusText, openCorpus, splitTokens } from "../data/index.ts";
import type { Corpus } from "../data/index.ts";
import { requireGpt2Config } from "../models/index.ts";
import { chooseDevice } from "../runtime/index.ts";
import { CharTokenizer } from "../tokenizer/index.ts";
import {
  createPretrainRun,
  openRun,
  pretrain,
  requireMemory,
  requirePretrainConfig,
} from "../training/index.ts";
import type { LogEntry, PretrainConfig, PretrainResult, Run } from "../training/index.ts";
import { defineCommand } from "./command.ts";
import { listenForInterruption } from "./interruption.ts";
import { lossCurve } from "./loss-curve.ts";
import { formatCount, formatDuration } from "./number-format.ts";
import { flagOf } from "./option.ts";
import type { OptionValues } from "./option.ts";
import { readConfigFile } from "./config-file.ts";
import { pretrainOptions, sittingOptions } from "./pretrain-options.ts";
import { describeConfig, pretrainConfig } from "./pretrain-recipe.ts";
import { lastRunFolder, newRunFolder } from "./run-folder.ts";
import { paint } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";
import { TrainingScreen } from "./training-screen.ts";

type Values = OptionValues<typeof pretrainOptions>;

/** What a sitting of training needs. */
interface Sitting {
  readonly terminal: Terminal;
  readonly screen: TrainingScreen;
  readonly signal: AbortSignal;
}

export const pretrainCommand = defineCommand({
  usage: "pretrain <files…>",
  description:
    "Trains a new model on text: files, patterns such as 'texts/**/*.txt', or - for standard input. " +
    "Ctrl-C saves and ends (exit code 130, SIGTERM 143); --resume goes on as if nothing had been.",
  options: pretrainOptions,
  examples: [
    ["pretrain my.txt", "sizes that suit the text"],
    ["pretrain 'books/*.txt' --run runs/books --max-minutes 30", "several files, half an hour"],
    [
      "pretrain my.txt --num-layers 6 --num-heads 6 --embed-dim 384 --max-steps 5000",
      "sizes of your own",
    ],
    [
      "pretrain my.txt --config recipe.yaml --seed 2",
      "options from a file; the command line counts more",
    ],
    ["pretrain --resume runs/my", "go on after a stop"],
  ],
  async run({ values: given, positionals }, terminal) {
    const values = { ...(given.config && (await readConfigFile(given.config))), ...given };
    const screen = new TrainingScreen(terminal);
    const interruption = listenForInterruption(terminal, () =>
      screen.print("Stopping after this step and saving; once more ends at once."),
    );
    const { signal } = interruption;
    const sitting = { terminal, screen, signal };
    let run: Run | undefined;
    try {
      const device = await chooseDevice(values.device ?? "cpu");
      const isResumed = values.resume ?? false;
      run = isResumed
        ? await resumeRun(given, positionals)
        : await startRun(values, positionals, sitting);
      const resume = isResumed && (await run.listCheckpoints()).length > 0;
      if (isResumed && !resume) await run.rewind(0); // stopped before its first checkpoint: the seed gives the same start
      const { threads } = values;
      const options = { device, ...(threads !== undefined && { threads }) };
      const result = await pretrain(run, { ...options, resume, signal, observer: screen });
      screen.end();
      await conclude(run, result, sitting);
      return interruption.exitCode ?? 0;
    } catch (error) {
      screen.end();
      if (interruption.exitCode === undefined || error !== signal.reason) throw error;
      terminal.stdout.write("Stopped before training began; nothing was kept.\n");
      return interruption.exitCode;
    } finally {
      interruption.end();
      await run?.close();
    }
  },
});

/** Reads the text, decides on sizes, and makes the run. */
async function startRun(values: Values, files: readonly string[], sitting: Sitting): Promise<Run> {
  if (files.length === 0) {
    throw new UserError(
      "pretrain: expected a text file, got none. Name one, as in scratchlm pretrain my.txt, or - for standard input.",
    );
  }
  const path = values.run ?? newRunFolder(files, values.overwrite ?? false);
  const corpus = await openCorpus(files, { stdin: sitting.terminal.stdin });
  try {
    const text = { files, ...(await readTokens(corpus, sitting)) };
    const config = pretrainConfig(values, text);
    requireTrainable(config);
    const counted = { length: text.numTokens, read() {} };
    splitTokens(counted, config.trainFraction, config); // throws for too little text before a run is replaced
    sitting.screen.print(describeConfig(config, text, values));
    const { overwrite = false } = values;
    return await createPretrainRun(
      path,
      config,
      { corpus, tokenizer: text.tokenizer },
      {
        ...{ overwrite, signal: sitting.signal },
      },
    );
  } finally {
    await corpus.close();
  }
}

/** Throws a UserError, before anything is made or replaced, for what cannot be trained or does not fit into memory. */
function requireTrainable(config: PretrainConfig): void {
  requirePretrainConfig(config);
  requireGpt2Config(config.model);
  requireMemory(config);
}

/** One pass over the text, for its characters and their number. */
async function readTokens(corpus: Corpus, { screen, signal }: Sitting) {
  let numTokens = 0;
  const onProgress = ({ doneBytes, totalBytes }: { doneBytes: number; totalBytes: number }) =>
    screen.note(`reading the text: ${Math.round((100 * doneBytes) / totalBytes)} %`);
  async function* counted() {
    for await (const text of corpusText(corpus, { signal, onProgress })) {
      numTokens += text.length - (text.match(/[\ud800-\udbff]/g)?.length ?? 0); // code points
      yield text;
    }
  }
  const tokenizer = await CharTokenizer.fromChunks(counted());
  return { tokenizer, numTokens };
}

/** Opens a run to go on with; its own configuration counts. */
async function resumeRun(given: Values, positionals: readonly string[]): Promise<Run> {
  const kept = new Set(["run", "resume", ...Object.keys(sittingOptions)]);
  const other = Object.keys(given).find((name) => !kept.has(name));
  if (other !== undefined) {
    throw new UserError(
      `${flagOf(other)}: expected no option that changes a run that is resumed, got one. Leave it out, or start a new run.`,
    );
  }
  if (positionals.length > 1) {
    throw new UserError(
      `--resume: expected the folder of one run, got ${positionals.length}. The text is in the run: do not name it.`,
    );
  }
  const run = await openRun(positionals[0] ?? given.run ?? lastRunFolder());
  try {
    requireTrainable(run.config as unknown as PretrainConfig);
    return run;
  } catch (error) {
    await run.close();
    throw error;
  }
}

/** What came out of it, where it lies, and what to do next. */
async function conclude(run: Run, result: PretrainResult, { terminal, screen }: Sitting) {
  const log = await run.readLog();
  const curve = lossCurve(log, terminal.columns);
  const { step } = log.findLast((entry) => "loss" in entry) ?? { step: 0 };
  const title = paint(terminal, "bold", result.isFinished ? "Finished" : "Stopped");
  const time = formatDuration(result.elapsedMs);
  screen.print(
    [
      "",
      ...curve,
      ...(curve.length > 0 ? [""] : []),
      `${title} after step ${formatCount(step)}: ${time}, ${formatCount(result.tokensSeen)} tokens.`,
      ...validationLine(log),
      "",
      `Run:          ${run.path}`,
      `Checkpoint:   ${result.checkpointPath}`,
      ...nextCommands(run, result),
    ].join("\n"),
  );
}

/** The last evaluation; none where there was none. */
function validationLine(log: readonly LogEntry[]): string[] {
  const last = log.findLast((entry) => typeof entry["validationLoss"] === "number");
  if (!last) return [];
  const [loss, bits] = [Number(last["validationLoss"]), Number(last["bitsPerByte"])];
  return [
    `Validation loss at step ${formatCount(last.step)}: ${loss.toFixed(4)} nats per token, ${bits.toFixed(3)} bits per byte.`,
  ];
}

function nextCommands({ path }: Run, { isFinished }: PretrainResult): string[] {
  const name = /\s/.test(path) ? `"${path}"` : path;
  const resume = isFinished ? [] : [`Go on:        scratchlm pretrain --resume ${name}`];
  return [
    ...resume,
    `Let it write: scratchlm generate --model ${name} --max-new-tokens 300`,
    `Look at it:   scratchlm inspect ${name}`,
  ];
}
