/** @file Everything that decides how a pretraining run goes, as plain data: it is the run's `config.json`. */
import { UserError } from "../errors.ts";
import { familyNamed } from "../models/index.ts";
import type { FamilyConfig, LanguageModelConfig } from "../models/index.ts";

export interface PretrainConfig {
  /** Where the text came from, for people; the run holds its tokens. */
  readonly files: readonly string[];
  /** Whose model it is; GPT-2 unless said. */
  readonly family?: string;
  readonly model: LanguageModelConfig;
  readonly seed: number;
  /** Share of the tokens, from the front, that is trained on. */
  readonly trainFraction: number;
  /** Tokens of a training window, at most the model's context. */
  readonly blockSize: number;
  /** Windows in a batch. */
  readonly batchSize: number;
  /** Batches whose gradients are averaged for one step. */
  readonly accumulationSteps: number;
  /** Ends the run after this many steps … */
  readonly maxSteps?: number;
  /** … or after this many minutes of training; exactly one of the two is given. */
  readonly maxMinutes?: number;
  readonly learningRate: number;
  /** Where the cosine ends. */
  readonly minLearningRate: number;
  readonly warmupSteps: number;
  readonly weightDecay: number;
  readonly betas: readonly [number, number];
  /** Largest norm of the gradient; longer ones are scaled down. 0 is no limit. */
  readonly gradientClip: number;
  /** Steps between evaluations, samples and checkpoints. */
  readonly evalInterval: number;
  /** Batches of an evaluation during training, spread over the validation data. */
  readonly evalBatches: number;
  readonly sampleInterval: number;
  readonly sampleTokens: number;
  readonly samplePrompt: string;
  readonly sampleTemperature: number;
  readonly checkpointInterval: number;
  readonly keepCheckpoints: number;
}

/** The model that a run trains. */
export function trainedModel({ family = "gpt2", model }: PretrainConfig): FamilyConfig {
  return { family: familyNamed(family), config: model };
}

const wholeFromOne = [
  "blockSize",
  "batchSize",
  "accumulationSteps",
  "evalInterval",
  "evalBatches",
  "sampleInterval",
  "sampleTokens",
  "checkpointInterval",
  "keepCheckpoints",
] as const;
const fromZero = [
  "learningRate",
  "minLearningRate",
  "warmupSteps",
  "weightDecay",
  "gradientClip",
  "sampleTemperature",
] as const;

/** `batchSize` → `--batch-size`: a person set it on the command line. */
const optionName = (name: string) => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;

/** Throws a UserError for a configuration that cannot be trained. */
export function requirePretrainConfig(config: PretrainConfig): void {
  if (typeof config.model !== "object" || config.model === null) {
    throw new UserError(
      `config.json: expected the sizes of a model under "model", got none. Put the file back as it was.`,
    );
  }
  for (const name of wholeFromOne) {
    if (Number.isSafeInteger(config[name]) && config[name] >= 1) continue;
    throw new UserError(
      `${optionName(name)}: expected a whole number above 0, got ${config[name]}.`,
    );
  }
  for (const name of fromZero) {
    if (config[name] >= 0 && config[name] < Infinity) continue;
    throw new UserError(
      `${optionName(name)}: expected a number of 0 or more, got ${config[name]}.`,
    );
  }
  requireEnd(config);
  if (config.blockSize > config.model.contextLength) {
    throw new UserError(
      `--block-size: expected at most the model's context of ${config.model.contextLength} tokens, got ${config.blockSize}.`,
    );
  }
}

function requireEnd({ maxSteps, maxMinutes, warmupSteps }: PretrainConfig): void {
  if ((maxSteps === undefined) === (maxMinutes === undefined)) {
    throw new UserError(
      "--max-steps: expected either --max-steps or --max-minutes, got both or none.",
    );
  }
  if (maxSteps !== undefined && !(Number.isSafeInteger(maxSteps) && maxSteps >= 1)) {
    throw new UserError(`--max-steps: expected a whole number above 0, got ${maxSteps}.`);
  }
  if (maxMinutes !== undefined && !(maxMinutes > 0 && maxMinutes < Infinity)) {
    throw new UserError(`--max-minutes: expected a number above 0, got ${maxMinutes}.`);
  }
  if (maxSteps !== undefined && warmupSteps > maxSteps) {
    throw new UserError(
      `--warmup-steps: expected at most --max-steps ${maxSteps}, got ${warmupSteps}.`,
    );
  }
}
