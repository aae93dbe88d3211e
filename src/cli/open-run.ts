/** @file A run to train: a new one from text, or one to go on with. Everything that can be wrong is said before anything is made. */
import { UserError } from "../errors.ts";
import { openCorpus, splitTokens } from "../data/index.ts";
import { parametersOf } from "../models/index.ts";
import {
  createPretrainRun,
  openRun,
  requireMemory,
  requirePretrainConfig,
  trainedModel,
} from "../training/index.ts";
import type { PretrainConfig, PretrainSource, Run } from "../training/index.ts";
import { openGivenTokens } from "./given-tokens.ts";
import type { GivenTokens } from "./given-tokens.ts";
import { flagOf } from "./option.ts";
import type { OptionValues } from "./option.ts";
import { pretrainOptions, sittingOptions } from "./pretrain-options.ts";
import { describeConfig, pretrainConfig, trainFraction } from "./pretrain-recipe.ts";
import type { TextFacts } from "./pretrain-recipe.ts";
import { tokenizeText } from "./pretrain-tokenizer.ts";
import { lastRunFolder, newRunFolder } from "./run-folder.ts";
import type { Terminal } from "./terminal.ts";
import type { TrainingScreen } from "./training-screen.ts";

export type PretrainValues = OptionValues<typeof pretrainOptions>;

/** What a sitting of training needs. */
export interface Sitting {
  readonly terminal: Terminal;
  readonly screen: TrainingScreen;
  readonly signal: AbortSignal;
}

/** Reads the text, decides on sizes, and makes the run. */
export async function startRun(
  values: PretrainValues,
  files: readonly string[],
  sitting: Sitting,
): Promise<Run> {
  if (files.length === 0) {
    throw new UserError(
      "pretrain: expected a text file, got none. Name one, as in scratchlm pretrain my.txt, or - for standard input.",
    );
  }
  const given = await openGivenTokens(values, files);
  if (given) return startGivenRun(values, files, given, sitting);
  const corpus = await openCorpus(files, { stdin: sitting.terminal.stdin, signal: sitting.signal });
  try {
    const tokenized = await tokenizeText(corpus, values, trainFraction, sitting);
    const text = { files, sizeBytes: corpus.sizeBytes, ...tokenized };
    return await makeRun(values, text, { corpus, tokenizer: text.tokenizer }, sitting);
  } finally {
    await corpus.close();
  }
}

async function startGivenRun(
  values: PretrainValues,
  files: readonly string[],
  { tokens, tokenizer, sizeBytes }: GivenTokens,
  sitting: Sitting,
): Promise<Run> {
  try {
    const numTokens = tokens.length;
    const text = { files, tokenizer, tokenName: "tokens", numTokens, sizeBytes };
    return await makeRun(values, text, { tokens, tokenizer }, sitting);
  } finally {
    tokens.close();
  }
}

async function makeRun(
  values: PretrainValues,
  text: TextFacts,
  source: PretrainSource,
  { screen, signal }: Sitting,
): Promise<Run> {
  const { overwrite = false } = values;
  const path = values.run ?? newRunFolder(text.files, overwrite);
  const config = pretrainConfig(values, text);
  requireTrainable(config);
  const counted = { length: text.numTokens, read() {} };
  splitTokens(counted, config.trainFraction, config); // throws for too little text before a run is replaced
  screen.print(describeConfig(config, text, values));
  return createPretrainRun(path, config, source, { overwrite, signal });
}

/** Throws a UserError, before anything is made or replaced, for what cannot be trained or does not fit into memory. */
function requireTrainable(config: PretrainConfig): void {
  requirePretrainConfig(config);
  const trained = trainedModel(config);
  requireMemory({ ...config, numParameters: parametersOf(trained) });
  trained.family.make(trained.config);
}

/** Opens a run to go on with; its own configuration counts. */
export async function resumeRun(
  given: PretrainValues,
  positionals: readonly string[],
): Promise<Run> {
  const kept = new Set(["run", "resume", "fromStep", ...Object.keys(sittingOptions)]);
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
