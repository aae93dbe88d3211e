/** @file The configuration of a run: what was asked for, completed by what suits the text. */
import { UserError } from "../errors.ts";
import { familyNamed, gpt2Presets, parametersOf } from "../models/index.ts";
import type { LanguageModelConfig } from "../models/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { trainedModel } from "../training/index.ts";
import type { PretrainConfig } from "../training/index.ts";
import { formatCount, formatShort } from "./number-format.ts";
import { flagOf } from "./option.ts";
import type { OptionValues } from "./option.ts";
import type { recipeOptions } from "./pretrain-options.ts";
import { defaultPrompt, requirePrompt } from "./prompt.ts";
import { suggestSizes } from "./pretrain-sizes.ts";
import type { SuggestedSizes } from "./pretrain-sizes.ts";

export type Recipe = OptionValues<typeof recipeOptions>;

/** The text that is trained on, as far as sizes depend on it. */
export interface TextFacts {
  readonly files: readonly string[];
  readonly numTokens: number;
  readonly sizeBytes: number;
  readonly tokenizer: Tokenizer;
  /** What its tokens are, for people. */
  readonly tokenName: string;
}

/** Share of the text, from the front, that is trained on. */
export const trainFraction = 0.9;

/** Completes `recipe`; throws a UserError for a prompt that the text's characters cannot write. */
export function pretrainConfig(recipe: Recipe, text: TextFacts): PretrainConfig {
  const sizes = { ...suggestSizes(text, 1 - trainFraction), ...presetSizes(recipe) };
  const model = modelConfig(recipe, sizes, text.tokenizer.vocabSize);
  const learningRate = recipe.learningRate ?? sizes.learningRate;
  const evalInterval = recipe.evalInterval ?? sizes.evalInterval;
  const { maxSteps, maxMinutes = maxSteps === undefined ? sizes.maxMinutes : undefined } = recipe;
  return {
    files: text.files,
    ...(recipe.family !== undefined && !isGpt2(recipe) && { family: recipe.family }),
    model,
    seed: recipe.seed ?? 1337,
    trainFraction,
    blockSize: recipe.blockSize ?? Math.min(sizes.blockSize, model.contextLength),
    batchSize: recipe.batchSize ?? sizes.batchSize,
    accumulationSteps: recipe.accumulationSteps ?? 1,
    ...(maxSteps !== undefined && { maxSteps }),
    ...(maxMinutes !== undefined && { maxMinutes }),
    learningRate,
    minLearningRate: recipe.minLearningRate ?? learningRate / 10,
    warmupSteps:
      recipe.warmupSteps ?? Math.min(100, Math.floor((recipe.maxSteps ?? Infinity) / 10)),
    weightDecay: recipe.weightDecay ?? 0.1,
    betas: [0.9, 0.99],
    gradientClip: recipe.gradientClip ?? 1,
    evalInterval,
    evalBatches: 8,
    sampleInterval: recipe.sampleInterval ?? 4 * evalInterval,
    sampleTokens: recipe.sampleTokens ?? 300,
    samplePrompt: samplePrompt(recipe, text.tokenizer),
    sampleTemperature: recipe.sampleTemperature ?? 0.8,
    checkpointInterval: recipe.checkpointInterval ?? 2 * evalInterval,
    keepCheckpoints: recipe.keepCheckpoints ?? 2,
  };
}

/** One line: what will be trained, and why. */
export function describeConfig(config: PretrainConfig, text: TextFacts, recipe: Recipe): string {
  const { numLayers, numHeads, embedDim, vocabSize } = config.model;
  const { family } = trainedModel(config);
  const name = isGpt2(recipe) ? "" : `${family.title}: `;
  const own = ["preset", "numLayers", "numHeads", "embedDim"] as const;
  const isOwn = own.some((name) => recipe[name] !== undefined);
  const reason = isOwn
    ? "as asked for"
    : `chosen for a text of ${formatShort(text.numTokens)} tokens`;
  const length =
    config.maxSteps === undefined
      ? `${config.maxMinutes} min`
      : `${formatCount(config.maxSteps)} steps`;
  return (
    `${name}${plural(numLayers, "layer")}, ${plural(numHeads, "head")}, width ${embedDim}, windows of ${config.blockSize}, batches of ` +
    `${config.batchSize}: ${formatShort(parametersOf(trainedModel(config)))} parameters, ` +
    `${formatCount(vocabSize)} ${text.tokenName}, ${length}; ${reason}.`
  );
}

const plural = (count: number, noun: string) =>
  `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;

function presetSizes({ preset }: Recipe): Partial<SuggestedSizes> {
  if (preset === undefined) return {};
  const { numLayers, numHeads, embedDim } = gpt2Presets[preset];
  return { numLayers, numHeads, embedDim, batchSize: 4, learningRate: 6e-4 };
}

function modelConfig(
  recipe: Recipe,
  sizes: SuggestedSizes,
  vocabSize: number,
): LanguageModelConfig {
  requireOwnOptions(recipe);
  const preset = recipe.preset === undefined ? undefined : gpt2Presets[recipe.preset];
  const embedDim = recipe.embedDim ?? sizes.embedDim;
  const config = familyNamed(recipe.family ?? "gpt2").sized({
    vocabSize,
    contextLength: preset?.contextLength ?? recipe.blockSize ?? sizes.blockSize,
    embedDim,
    numHeads: recipe.numHeads ?? headsFor(embedDim, sizes, recipe),
    numLayers: recipe.numLayers ?? sizes.numLayers,
  });
  if (!isGpt2(recipe)) return config;
  const hasQkvBias = recipe.qkvBias ?? preset?.hasQkvBias ?? false;
  return { ...config, dropoutRate: recipe.dropout ?? sizes.dropout, ...{ hasQkvBias } };
}

const isGpt2 = ({ family = "gpt2" }: Recipe) => family === "gpt2";

/** Throws a UserError for what only GPT-2 has. */
function requireOwnOptions(recipe: Recipe): void {
  if (isGpt2(recipe)) return;
  const other = (["preset", "dropout", "qkvBias"] as const).find((name) => recipe[name]);
  if (other === undefined) return;
  throw new UserError(
    `${flagOf(other)}: expected --family gpt2 beside it, got ${recipe.family}. Leave one of the two out.`,
  );
}

/** The suggested number of heads, or one that divides a width that was asked for. */
function headsFor(embedDim: number, sizes: SuggestedSizes, recipe: Recipe): number {
  const least = isGpt2(recipe) ? 1 : 2; // others turn pairs of channels
  for (let heads = sizes.numHeads; heads > 1; heads--) {
    if (embedDim % (least * heads) === 0) return heads;
  }
  return 1;
}

function samplePrompt({ samplePrompt }: Recipe, tokenizer: Tokenizer): string {
  if (samplePrompt === undefined) return defaultPrompt(tokenizer);
  requirePrompt("--sample-prompt", samplePrompt, tokenizer);
  return samplePrompt;
}
