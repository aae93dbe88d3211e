/** @file What `inspect` found, as text and as JSON. */
import type { Family, LanguageModelConfig } from "../models/index.ts";
import type {
  CheckpointInfo,
  LogEntry,
  MemoryEstimate,
  PretrainConfig,
} from "../training/index.ts";
import { lossCurve } from "./loss-curve.ts";
import { formatBytes, formatCount, formatShort } from "./number-format.ts";
import type { ParameterGroup } from "./parameter-groups.ts";
import { alignColumns } from "./table.ts";
import { paint } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** Everything that is shown. */
export interface Inspection {
  readonly name: string;
  readonly family: Family;
  readonly config: LanguageModelConfig;
  readonly groups: readonly ParameterGroup[];
  readonly total: number;
  readonly batchSize: number;
  readonly blockSize: number;
  readonly memory: MemoryEstimate;
  /** Bytes in float32 of what is kept of a text, to write on. */
  readonly cache: { readonly perToken: number; readonly atContext: number };
  readonly run: RunSummary | undefined;
}

export interface RunSummary {
  readonly config: PretrainConfig;
  readonly log: readonly LogEntry[];
  readonly checkpoints: readonly CheckpointInfo[];
}

/** The same for a program to read. */
export function inspectionJson({ run, family, ...others }: Inspection) {
  const rest = { ...others, family: family.name };
  const weightBytes = rest.total * 4;
  if (!run) return { ...rest, weightBytes };
  const { config, log, checkpoints } = run;
  const shown = checkpoints.map(({ step, path, state, damage }) => {
    return { step, path, validationLoss: state?.validationLoss ?? null, damage: damage ?? null };
  });
  return { ...rest, weightBytes, run: { config, checkpoints: shown, log } };
}

/** Lines for a person. */
export function inspectionText(inspection: Inspection, terminal: Terminal): string {
  const { name, total, memory, cache, batchSize, blockSize, run } = inspection;
  const head = (text: string) => paint(terminal, "bold", text);
  return [
    `${head(name)}: ${describeModel(inspection)}`,
    "",
    head("Parameters"),
    ...parameterTable(inspection),
    "",
    head("Memory"),
    `weights in float32: ${formatBytes(total * 4)}`,
    `KV cache in float32: ${formatBytes(cache.perToken)} a token, ${formatBytes(cache.atContext)} for the whole context${describeHeld(inspection)}`,
    `training at batch ${batchSize}, window ${blockSize}: about ${formatBytes(memory.total)} (parameters, gradients and ` +
      `optimizer ${formatBytes(memory.parameters + memory.gradientsAndState)}, batch ${formatBytes(memory.activations)})`,
    ...(run ? ["", head("Training"), ...describeRun(run, terminal)] : []),
  ].join("\n");
}

/** What windows could spare, and generation here does not. */
function describeHeld({ cache, config }: Inspection): string {
  const held = cache.perToken * config.contextLength;
  return held > cache.atContext ? ` (${formatBytes(held)} as generate holds it)` : "";
}

/** The family and its sizes, on one line. */
function describeModel({ family, config }: Inspection): string {
  const { numLayers, numHeads, embedDim, vocabSize, contextLength, dropoutRate = 0 } = config;
  const count = (name: string, one: unknown) => (typeof one === "number" ? [`${name} ${one}`] : []);
  const own = new Map(Object.entries(config));
  return [
    family.title,
    `${numLayers} ${numLayers === 1 ? "layer" : "layers"}`,
    own.has("numKvHeads")
      ? `${numHeads} heads sharing ${own.get("numKvHeads")}`
      : `${numHeads} heads`,
    `width ${embedDim}`,
    `vocabulary ${formatCount(vocabSize)}`,
    `context ${formatCount(contextLength)}`,
    ...count("window", own.get("windowSize")),
    ...(dropoutRate > 0 ? [`dropout ${dropoutRate}`] : []),
    `head ${config.hasTiedHead ? "tied" : "of its own"}`,
  ].join(", ");
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
  const goal =
    config.maxSteps === undefined
      ? `${config.maxMinutes} min`
      : `${formatCount(config.maxSteps)} steps`;
  const validation = measured
    ? `, validation loss ${Number(measured["validationLoss"]).toFixed(4)} (${Number(measured["bitsPerByte"]).toFixed(3)} bits per byte)`
    : "";
  const loss = last ? `loss ${Number(last["loss"]).toFixed(4)}` : "untrained";
  return [
    `text: ${config.files.join(", ")}`,
    `step ${formatCount(last?.step ?? 0)} of a run of ${goal}: ${loss}${validation}`,
    `checkpoints: ${checkpoints.map(({ step, damage }) => (damage ? `${step} (damaged)` : step)).join(", ") || "none"}`,
    "",
    ...lossCurve(log, columns),
  ];
}
