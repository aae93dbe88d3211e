/** @file `scratchlm inspect`: what a model is made of, what it takes, and how its training went. */
import { existsSync } from "node:fs";
import { UserError } from "../errors.ts";
import { gpt2Presets, Gpt2 } from "../models/index.ts";
import type { Gpt2Config } from "../models/index.ts";
import {
  estimateTrainingMemory,
  isRun,
  requirePretrainConfig,
  viewRun,
} from "../training/index.ts";
import type {
  CheckpointInfo,
  LogEntry,
  MemoryEstimate,
  PretrainConfig,
} from "../training/index.ts";
import { readModelConfig } from "../weights/index.ts";
import { defineCommand } from "./command.ts";
import { lossCurve } from "./loss-curve.ts";
import { formatBytes, formatCount, formatShort } from "./number-format.ts";
import { parameterGroups } from "./parameter-groups.ts";
import type { ParameterGroup } from "./parameter-groups.ts";
import { nearest } from "./suggestion.ts";
import { alignColumns } from "./table.ts";
import { paint } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

const options = {
  batchSize: {
    kind: "whole",
    least: 1,
    description: "windows in a batch, for the memory of training (8)",
  },
  blockSize: { kind: "whole", least: 1, description: "tokens in a window (the model's context)" },
  json: { kind: "flag", description: "print JSON" },
} as const;

/** Everything that is shown. */
interface Inspection {
  readonly name: string;
  readonly config: Gpt2Config;
  readonly groups: readonly ParameterGroup[];
  readonly total: number;
  readonly batchSize: number;
  readonly blockSize: number;
  readonly memory: MemoryEstimate;
  readonly run: RunSummary | undefined;
}

interface RunSummary {
  readonly config: PretrainConfig;
  readonly log: readonly LogEntry[];
  readonly checkpoints: readonly CheckpointInfo[];
}

export const inspectCommand = defineCommand({
  usage: "inspect <run, model directory or preset>",
  description: `Shows a model's sizes, parameters and memory, and the losses of a run. Presets: ${Object.keys(gpt2Presets).join(", ")}.`,
  options,
  examples: [
    ["inspect runs/my", "a run, also while it trains"],
    ["inspect gpt2-xl", "a published model's sizes; nothing is downloaded"],
    ["inspect gpt2 --batch-size 4 --block-size 256 --json", "the memory that training takes"],
  ],
  async run({ values, positionals }, terminal) {
    if (positionals.length !== 1) {
      throw new UserError(
        `inspect: expected one run, model directory or preset, got ${positionals.length || "none"}. Try scratchlm inspect gpt2.`,
      );
    }
    const inspection = await inspect(positionals[0], values);
    const text = values.json
      ? JSON.stringify(asJson(inspection), null, 2)
      : describe(inspection, terminal);
    terminal.stdout.write(`${text}\n`);
    return 0;
  },
});

async function inspect(
  name: string,
  given: { readonly batchSize?: number | undefined; readonly blockSize?: number | undefined },
): Promise<Inspection> {
  const run = isRun(name) ? await summarizeRun(name) : undefined;
  const config = run?.config.model ?? (await modelConfig(name));
  const model = new Gpt2(config);
  const groups = parameterGroups(model);
  const batchSize = given.batchSize ?? run?.config.batchSize ?? 8;
  const blockSize = given.blockSize ?? run?.config.blockSize ?? config.contextLength;
  const accumulationSteps = run?.config.accumulationSteps ?? 1;
  const memory = estimateTrainingMemory({ model: config, batchSize, blockSize, accumulationSteps });
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  return { name, config, groups, total, batchSize, blockSize, memory, run };
}

async function summarizeRun(path: string): Promise<RunSummary> {
  const run = await viewRun(path);
  const config = run.config as unknown as PretrainConfig;
  requirePretrainConfig(config);
  return { config, log: await run.readLog(), checkpoints: await run.listCheckpoints() };
}

async function modelConfig(name: string): Promise<Gpt2Config> {
  if (existsSync(name)) return readModelConfig(name);
  if (Object.hasOwn(gpt2Presets, name)) return gpt2Presets[name as keyof typeof gpt2Presets];
  const meant = nearest(name, Object.keys(gpt2Presets));
  const advice = meant
    ? `Did you mean ${meant}?`
    : `Presets: ${Object.keys(gpt2Presets).join(", ")}.`;
  throw new UserError(
    `${name}: expected a run, a model directory or a preset, got none. ${advice}`,
  );
}

function asJson({ run, ...rest }: Inspection) {
  const weightBytes = rest.total * 4;
  if (!run) return { ...rest, weightBytes };
  const { config, log, checkpoints } = run;
  const shown = checkpoints.map(({ step, path, state, damage }) => {
    return { step, path, validationLoss: state?.validationLoss ?? null, damage: damage ?? null };
  });
  return { ...rest, weightBytes, run: { config, checkpoints: shown, log } };
}

function describe(inspection: Inspection, terminal: Terminal): string {
  const { name, config, total, memory, batchSize, blockSize, run } = inspection;
  const { numLayers, numHeads, embedDim, vocabSize, contextLength, dropoutRate } = config;
  const head = (text: string) => paint(terminal, "bold", text);
  return [
    `${head(name)}: GPT-2, ${numLayers} layers, ${numHeads} heads, width ${embedDim}, vocabulary ${formatCount(vocabSize)}, ` +
      `context ${formatCount(contextLength)}, dropout ${dropoutRate}, ${config.hasQkvBias ? "with" : "no"} QKV bias, ` +
      `head ${config.hasTiedHead ? "tied" : "of its own"}`,
    "",
    head("Parameters"),
    ...parameterTable(inspection),
    "",
    head("Memory"),
    `weights in float32: ${formatBytes(total * 4)}`,
    `training at batch ${batchSize}, window ${blockSize}: about ${formatBytes(memory.total)} (parameters, gradients and ` +
      `optimizer ${formatBytes(memory.parameters + memory.gradientsAndState)}, batch ${formatBytes(memory.activations)})`,
    ...(run ? ["", head("Training"), ...describeRun(run, terminal)] : []),
  ].join("\n");
}

function parameterTable({ groups, total }: Inspection): string[] {
  const share = (count: number) => `${((100 * count) / total).toFixed(1)} %`;
  const rows = groups.map(({ name, shape, copies, count }) => {
    const each = copies > 1 ? `${copies} × ${shape}` : shape;
    return [name, each, formatCount(count), share(count)];
  });
  return alignColumns([
    ["name", "shape", "numbers", "share"],
    ...rows,
    ["total", "", `${formatCount(total)}`, formatShort(total)],
  ]);
}

function describeRun({ config, log, checkpoints }: RunSummary, { columns }: Terminal): string[] {
  const last = log.findLast((entry) => typeof entry["loss"] === "number");
  const measured = log.findLast((entry) => typeof entry["validationLoss"] === "number");
  if (!last) return ["no step yet"];
  const goal =
    config.maxSteps === undefined
      ? `${config.maxMinutes} min`
      : `${formatCount(config.maxSteps)} steps`;
  const validation = measured
    ? `, validation loss ${Number(measured["validationLoss"]).toFixed(4)} (${Number(measured["bitsPerByte"]).toFixed(3)} bits per byte)`
    : "";
  return [
    `text: ${config.files.join(", ")}`,
    `step ${formatCount(last.step)} of a run of ${goal}: loss ${Number(last["loss"]).toFixed(4)}${validation}`,
    `checkpoints: ${checkpoints.map(({ step, damage }) => (damage ? `${step} (damaged)` : step)).join(", ") || "none"}`,
    "",
    ...lossCurve(log, columns),
  ];
}
