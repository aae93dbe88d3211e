/** @file Learning rates over time, as pure functions of the step, which counts from 0. */
import { UserError } from "../errors.ts";

/** The learning rate of a step. */
export type Schedule = (step: number) => number;

/** The same learning rate at every step. */
export function constant(learningRate: number): Schedule {
  return () => learningRate;
}

/** Options of `warmupCosine`; steps count from 0. */
export interface WarmupCosineOptions {
  /** The highest learning rate, reached after the warm-up. */
  readonly peak: number;
  /** The learning rate of step 0; `peak / (warmupSteps + 1)` by default, as in nanoGPT. */
  readonly initial?: number;
  /** The learning rate from `totalSteps` on, 0 by default. */
  readonly minimum?: number;
  readonly warmupSteps: number;
  /** Steps of warm-up and decay together. */
  readonly totalSteps: number;
}

/** Linear warm-up from `initial` to `peak`, then half a cosine down to `minimum`; appendix D of the book. */
export function warmupCosine(options: WarmupCosineOptions): Schedule {
  const { peak, warmupSteps, totalSteps, minimum = 0 } = options;
  const { initial = peak / (warmupSteps + 1) } = options;
  if (!(warmupSteps >= 0 && warmupSteps <= totalSteps)) {
    throw new UserError(
      `schedule: expected warmupSteps from 0 to totalSteps ${totalSteps}, got ${warmupSteps}. Warm up for fewer steps.`,
    );
  }
  return (step) => {
    if (step < warmupSteps) return initial + (step * (peak - initial)) / warmupSteps;
    if (step >= totalSteps) return minimum;
    const progress = (step - warmupSteps) / (totalSteps - warmupSteps);
    return minimum + (peak - minimum) * 0.5 * (1 + Math.cos(Math.PI * progress));
  };
}
