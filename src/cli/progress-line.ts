/** @file One line that tells how a training run is doing. */
import type { StepReport } from "../training/index.ts";
import { formatCount, formatDuration } from "./number-format.ts";

export interface Progress {
  readonly report: StepReport;
  /** Of the last evaluation, in nats per token. */
  readonly validationLoss: number | undefined;
}

/** Step, loss, validation loss, learning rate, speed and time left; what does not fit into `columns` is left out. */
export function progressLine({ report, validationLoss }: Progress, columns = Infinity): string {
  const { step, totalSteps, loss, learningRate, tokensPerSecond, remainingMs } = report;
  const parts = [
    `step ${formatCount(step)}/${formatCount(totalSteps)}`,
    `loss ${loss.toFixed(3)}`,
    `val ${validationLoss === undefined ? "–" : validationLoss.toFixed(3)}`,
    `lr ${learningRate.toExponential(1)}`,
    `${formatCount(tokensPerSecond)} tokens/s`,
    `${formatDuration(remainingMs)} left`,
  ];
  // The least needed go first; the step always stays.
  for (const dropped of ["lr ", "tokens/s", "val ", "left", "loss "]) {
    if (parts.join("  ").length <= columns) break;
    const at = parts.findIndex((part) => part.startsWith(dropped) || part.endsWith(dropped));
    parts.splice(at, 1);
  }
  return parts.join("  ").slice(0, columns);
}
