/** @file What a run tells whoever watches it. */

export interface StepReport {
  /** Steps done, this one included. */
  readonly step: number;
  /** Steps of the whole run, as far as can be foreseen. */
  readonly totalSteps: number;
  /** Nats per token. */
  readonly loss: number;
  readonly learningRate: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  readonly tokensPerSecond: number;
  readonly remainingMs: number;
}

export interface EvaluationReport {
  readonly step: number;
  /** Nats per token. */
  readonly validationLoss: number;
  readonly bitsPerByte: number;
}

/** Operators that run on the CPU although another device was asked for, sorted. */
export interface CpuFallbacks {
  /** While the model is trained and measured. */
  readonly training: readonly string[];
  /** While it writes samples; among them is what only computes lengths. */
  readonly writing: readonly string[];
}

export interface PretrainObserver {
  /** Called before the first step. */
  onCpuFallbacks?(fallbacks: CpuFallbacks): void;
  onStep?(report: StepReport): void;
  onEvaluation?(report: EvaluationReport): void;
  /** A text that the model wrote after `step` steps, with its prompt. */
  onSample?(step: number, text: string): void;
  onCheckpoint?(step: number, path: string): void;
}

/** How a run ended, with its last evaluation (NaN when there was none since it was started or resumed). */
export interface PretrainResult extends EvaluationReport {
  /** Whether all steps were done, or the signal came first. */
  readonly isFinished: boolean;
  readonly tokensSeen: number;
  readonly elapsedMs: number;
  /** The last checkpoint: a model directory. */
  readonly checkpointPath: string;
  /** Written at the end by the finished model; empty when interrupted. */
  readonly sample: string;
}
