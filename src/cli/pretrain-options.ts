/** @file The options of `pretrain`, under the names that the field uses. */
import { familyNames, gpt2Presets } from "../models/index.ts";
import type { Gpt2PresetName } from "../models/index.ts";
import { tokenizerOptions } from "./tokenizer-choice.ts";

const presetNames = Object.keys(gpt2Presets) as Gpt2PresetName[];
const devices: readonly ("cpu" | "webgpu" | "auto")[] = ["cpu", "webgpu", "auto"];

/** What decides how a run goes: stored in it, and allowed in a configuration file. */
export const recipeOptions = {
  preset: {
    kind: "choice",
    choices: presetNames,
    description: "a published model's sizes",
  },
  family: {
    kind: "choice",
    choices: familyNames,
    description: "whose layers the model has (gpt2)",
  },
  tokenizer: {
    kind: "text",
    hint: "bpe, chars or path",
    description: "byte pairs learned from the text, its characters, or a tokenizer.json (chars)",
  },
  encoding: { ...tokenizerOptions.encoding, description: "instead: one of OpenAI's encodings" },
  vocabSize: { kind: "whole", least: 257, description: "tokens of --tokenizer bpe" },
  numLayers: { kind: "whole", least: 1, description: "transformer blocks" },
  numHeads: { kind: "whole", least: 1, description: "attention heads in a block" },
  embedDim: { kind: "whole", least: 1, description: "width of the model" },
  blockSize: { kind: "whole", least: 4, description: "tokens in a training window" },
  batchSize: { kind: "whole", least: 1, description: "windows in a batch" },
  accumulationSteps: { kind: "whole", least: 1, description: "batches of a step (1)" },
  dropout: { kind: "number", description: "share of activations dropped, 0 to 1" },
  qkvBias: { kind: "flag", description: "biases of queries, keys and values" },
  maxSteps: { kind: "whole", least: 1, description: "end after so many steps …" },
  maxMinutes: { kind: "number", description: "… or after so many minutes" },
  learningRate: { kind: "number", description: "at its peak" },
  minLearningRate: { kind: "number", description: "at the end (a tenth of the peak)" },
  warmupSteps: { kind: "whole", description: "steps up to the peak (100, or a tenth of all)" },
  weightDecay: { kind: "number", description: "of matrices (0.1)" },
  gradientClip: { kind: "number", description: "largest gradient norm, 0 for any (1)" },
  evalInterval: { kind: "whole", least: 1, description: "steps between validations" },
  sampleInterval: { kind: "whole", least: 1, description: "steps between samples" },
  checkpointInterval: { kind: "whole", least: 1, description: "steps between checkpoints" },
  keepCheckpoints: { kind: "whole", least: 1, description: "besides the best one (2)" },
  samplePrompt: { kind: "text", hint: "text", description: "how samples begin" },
  sampleTokens: { kind: "whole", least: 1, description: "length of a sample (300)" },
  sampleTemperature: { kind: "number", description: "of samples; 0 takes the likeliest (0.8)" },
  seed: { kind: "whole", description: "decides every random number (1337)" },
} as const;

/** What may differ from sitting to sitting. */
export const sittingOptions = {
  device: {
    kind: "choice",
    choices: devices,
    description: "auto takes a GPU if there is one (cpu)",
  },
  threads: { kind: "whole", least: 1, description: "threads of one operation (all cores)" },
} as const;

/** All options of `pretrain`. */
export const pretrainOptions = {
  run: {
    kind: "text",
    hint: "folder",
    description: "where the run goes (runs/<name of the text>)",
  },
  overwrite: { kind: "flag", description: "replace a run of that name" },
  resume: { kind: "flag", description: "go on with a run: name its folder, or none for the last" },
  fromStep: {
    kind: "whole",
    description: "with --resume: from the checkpoint of this step, forgetting later ones",
  },
  config: { kind: "text", hint: "file", description: "options in a JSON or YAML file" },
  ...recipeOptions,
  ...sittingOptions,
} as const;
