/** @file `scratchlm inspect`: what a model is made of, what it takes, and how its training went. */
import { existsSync } from "node:fs";
import { UserError } from "../errors.ts";
import { cacheBytes, cacheBytesPerToken, findPreset, presetNames } from "../models/index.ts";
import type { FamilyConfig } from "../models/index.ts";
import {
  estimateTrainingMemory,
  isRun,
  requirePretrainConfig,
  trainedModel,
  viewRun,
} from "../training/index.ts";
import type { PretrainConfig } from "../training/index.ts";
import { findCachedModel, hubSettings, readModelConfig } from "../weights/index.ts";
import { defineCommand } from "./command.ts";
import { inspectionJson, inspectionText } from "./inspection.ts";
import type { Inspection, RunSummary } from "./inspection.ts";
import { parameterGroups } from "./parameter-groups.ts";
import { parseIds } from "./sampling-options.ts";
import { describeScored, scoreIds } from "./scored-ids.ts";
import { nearest } from "./suggestion.ts";

const options = {
  model: { kind: "text", hint: "path", description: "the same as a name without an option" },
  batchSize: {
    kind: "whole",
    least: 1,
    description: "windows in a batch, for the memory of training (8)",
  },
  blockSize: { kind: "whole", least: 1, description: "tokens in a window (the model's context)" },
  logitsFor: {
    kind: "text",
    hint: "5,8,13",
    description: "what the model makes of these token ids: the loss, and with --json the logits",
  },
  json: { kind: "flag", description: "print JSON" },
} as const;

export const inspectCommand = defineCommand({
  usage: "inspect <run, model or preset>",
  description: `Shows a model's sizes, parameters and memory, and the losses of a run. Presets: ${presetNames.join(", ")}.`,
  options,
  examples: [
    ["inspect runs/my", "a run, also while it trains"],
    ["inspect gpt2-xl", "a published model's sizes; nothing is downloaded"],
    [
      "inspect --model runs/my --logits-for 5,8,13 --json",
      "the logits after each token, for a script",
    ],
    ["inspect gpt2 --batch-size 4 --block-size 256 --json", "the memory that training takes"],
  ],
  async run({ values, positionals }, terminal) {
    const names = values.model === undefined ? positionals : [values.model, ...positionals];
    if (names.length !== 1) {
      throw new UserError(
        `inspect: expected one run, model or preset, got ${names.length || "none"}. Try scratchlm inspect gpt2.`,
      );
    }
    if (values.logitsFor !== undefined) {
      const ids = parseIds("--logits-for", values.logitsFor);
      const scored = await scoreIds(names[0], ids);
      terminal.stdout.write(values.json ? `${JSON.stringify(scored)}\n` : describeScored(scored));
      return 0;
    }
    const inspection = await inspect(names[0], values);
    const text = values.json
      ? JSON.stringify(inspectionJson(inspection), null, 2)
      : inspectionText(inspection, terminal);
    terminal.stdout.write(`${text}\n`);
    return 0;
  },
});

async function inspect(
  name: string,
  given: { readonly batchSize?: number | undefined; readonly blockSize?: number | undefined },
): Promise<Inspection> {
  const run = isRun(name) ? await summarizeRun(name) : undefined;
  const described: FamilyConfig = run ? trainedModel(run.config) : await describedModel(name);
  const { family, config } = described;
  const model = family.make(config);
  const groups = parameterGroups(model);
  const batchSize = given.batchSize ?? run?.config.batchSize ?? 8;
  const blockSize = given.blockSize ?? run?.config.blockSize ?? config.contextLength;
  const accumulationSteps = run?.config.accumulationSteps ?? 1;
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  const sizes = { numParameters: total, batchSize, blockSize, accumulationSteps };
  const memory = estimateTrainingMemory({ model: config, ...sizes });
  const cache = {
    perToken: cacheBytesPerToken(model),
    atContext: cacheBytes(model, config.contextLength),
  };
  return { name, family, config, cache, groups, total, batchSize, blockSize, memory, run };
}

async function summarizeRun(path: string): Promise<RunSummary> {
  const run = await viewRun(path);
  const config = run.config as unknown as PretrainConfig;
  requirePretrainConfig(config);
  return { config, log: await run.readLog(), checkpoints: await run.listCheckpoints() };
}

async function describedModel(name: string): Promise<FamilyConfig> {
  const isPath = existsSync(name);
  const preset = isPath ? undefined : findPreset(name);
  if (preset) return preset;
  const path = isPath ? name : await findCachedModel(name, "main", hubSettings());
  if (path !== undefined) return readModelConfig(path);
  const meant = nearest(name, presetNames);
  const advice = meant ? `Did you mean ${meant}?` : `Presets: ${presetNames.join(", ")}.`;
  throw new UserError(`${name}: expected a run, a model or a preset, got none. ${advice}`);
}
