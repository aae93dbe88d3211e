/** @file The end of a training run: what came out of it, where it lies, and what to do next. */
import type { LogEntry, PretrainResult, Run } from "../training/index.ts";
import { lossCurve } from "./loss-curve.ts";
import { formatCount, formatDuration } from "./number-format.ts";
import { paint } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** The text to print when `run` has ended or was stopped. */
export async function concludeRun(
  run: Run,
  result: PretrainResult,
  terminal: Terminal,
): Promise<string> {
  const log = await run.readLog();
  const curve = lossCurve(log, terminal.columns);
  const { step } = log.findLast((entry) => "loss" in entry) ?? { step: 0 };
  const title = paint(terminal, "bold", result.isFinished ? "Finished" : "Stopped");
  const time = formatDuration(result.elapsedMs);
  return [
    "",
    ...curve,
    ...(curve.length > 0 ? [""] : []),
    `${title} after step ${formatCount(step)}: ${time}, ${formatCount(result.tokensSeen)} tokens.`,
    ...validationLine(log),
    "",
    `Run:          ${run.path}`,
    `Checkpoint:   ${result.checkpointPath}`,
    ...nextCommands(run, result),
  ].join("\n");
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
  const resume = isFinished ? [] : [`Go on:        npx scratchlm pretrain --resume ${name}`];
  return [
    ...resume,
    `Let it write: npx scratchlm generate --model ${name} --max-new-tokens 300`,
    `Look at it:   npx scratchlm inspect ${name}`,
  ];
}
