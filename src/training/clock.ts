/** @file When a run ends, and how far it is: by steps or by minutes of training. */
import type { PretrainConfig } from "./pretrain-config.ts";

type End = Pick<PretrainConfig, "maxSteps" | "maxMinutes">;

export class TrainingClock {
  readonly #end: End;
  readonly #before: number;
  readonly #start = performance.now();

  /** `elapsedMs` is the time that a resumed run has already taken. */
  constructor(end: End, elapsedMs: number) {
    this.#end = end;
    this.#before = elapsedMs;
  }

  /** Time taken so far, all sittings together. */
  get elapsedMs(): number {
    return this.#before + performance.now() - this.#start;
  }

  isOver(step: number): boolean {
    const { maxSteps, maxMinutes } = this.#end;
    return maxSteps === undefined ? this.elapsedMs >= maxMinutes! * 60_000 : step >= maxSteps;
  }

  /** Steps of the whole run: given, or foreseen from the speed so far. */
  totalSteps(step: number): number {
    const { maxSteps, maxMinutes } = this.#end;
    if (maxSteps !== undefined) return maxSteps;
    const share = this.elapsedMs / (maxMinutes! * 60_000);
    return Math.max(step + 1, Math.round(step / share) || 0);
  }

  /** Time left, foreseen from the speed so far. */
  remainingMs(step: number): number {
    const { maxMinutes } = this.#end;
    if (maxMinutes !== undefined) return Math.max(0, maxMinutes * 60_000 - this.elapsedMs);
    return step === 0 ? NaN : (this.elapsedMs / step) * (this.totalSteps(step) - step);
  }
}
