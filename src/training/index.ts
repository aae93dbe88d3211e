export { AdamW } from "./adamw-optimizer.ts";
export { adamW, adamWCoefficients, adamWDefaults } from "./adamw.ts";
export type { AdamWCoefficients, AdamWMoments, AdamWOptions } from "./adamw.ts";
export { availableMemoryBytes } from "./available-memory.ts";
export type { SavedState, TrainingState } from "./checkpoint-state.ts";
export type {
  Checkpoint,
  CheckpointChoice,
  CheckpointContent,
  CheckpointInfo,
} from "./checkpoints.ts";
export { clippingFactor } from "./gradient-clipping.ts";
export { estimateTrainingMemory, requireMemory } from "./memory-estimate.ts";
export type { MemoryEstimate, TrainingSizes } from "./memory-estimate.ts";
export { Optimizer } from "./optimizer.ts";
export type { StateSource, StepOptions } from "./optimizer.ts";
export { ParameterMemory, parameterMemoryBytes } from "./parameter-memory.ts";
export type { MemoryOptions, ParameterSlot } from "./parameter-memory.ts";
export { requirePretrainConfig, trainedModel } from "./pretrain-config.ts";
export type { PretrainConfig } from "./pretrain-config.ts";
export { createPretrainRun, type PretrainSource } from "./pretrain-data.ts";
export type { CreatePretrainRunOptions } from "./pretrain-data.ts";
export { trainRunTokenizer } from "./pretrain-tokenizer.ts";
export type {
  CpuFallbacks,
  EvaluationReport,
  PretrainObserver,
  PretrainResult,
  StepReport,
} from "./pretrain-progress.ts";
export { pretrain } from "./pretraining.ts";
export type { PretrainOptions } from "./pretraining.ts";
export { isRun } from "./run-contents.ts";
export type { TokenizerFiles } from "./run-contents.ts";
export { createRun, openRun, Run, RunView, viewRun } from "./run-directory.ts";
export type { RunConfig } from "./run-directory.ts";
export type { LogEntry } from "./run-log.ts";
export { constant, warmupCosine } from "./schedule.ts";
export type { Schedule, WarmupCosineOptions } from "./schedule.ts";
export { Sgd } from "./sgd-optimizer.ts";
export { sgd, sgdDefaults } from "./sgd.ts";
export type { SgdOptions } from "./sgd.ts";
export { TrainingStep } from "./training-step.ts";
export type { Trainable, TrainingStepOptions } from "./training-step.ts";
export type { DecayOptions } from "./weight-decay.ts";
