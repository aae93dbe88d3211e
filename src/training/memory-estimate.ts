/**
 * @file How much memory training will take, from sizes alone: what cannot fit is said before anything is allocated.
 * The factors are fitted to measured peaks of whole processes; see `docs/design/memory-estimate.md`.
 */
import { UserError } from "../errors.ts";
import { availableMemoryBytes } from "./available-memory.ts";

/** What the memory of a batch depends on. */
export interface ModelSizes {
  readonly vocabSize: number;
  readonly embedDim: number;
  readonly numHeads: number;
  readonly numLayers: number;
  /** None unless said. */
  readonly dropoutRate?: number;
  /** Of a mixture, all of which see every token in training; none unless said. */
  readonly numExperts?: number;
  /** Width inside an expert. */
  readonly expertDim?: number;
}

export interface TrainingSizes {
  readonly model: ModelSizes;
  /** How many numbers the model has to learn. */
  readonly numParameters: number;
  /** Windows in a batch, B. */
  readonly batchSize: number;
  /** Tokens in a window, T. */
  readonly blockSize: number;
  /** Above 1, gradients have a second buffer. */
  readonly accumulationSteps?: number;
}

/** Bytes by what they are for. */
export interface MemoryEstimate {
  readonly parameters: number;
  /** Gradients, and AdamW's two moments. */
  readonly gradientsAndState: number;
  /** What the forward pass keeps for the backward pass, and the work space of both. */
  readonly activations: number;
  /** Node, ONNX Runtime and the data. */
  readonly process: number;
  readonly total: number;
}

const bytesPerNumber = 4;
const processBytes = 105e6;

/** Numbers that a step holds at its peak, in the arena of ONNX Runtime, for each … */
const held = {
  /** … element of a layer's `(B, T, C)`, … */
  hidden: 25,
  /** … attention score of a layer, `(B, H, T, T)`, … */
  score: 2,
  /** … logit, `(B, T, V)`, … */
  logit: 2.5,
  /** … and element inside the experts of a layer, `(E, B, T, I)`. */
  expert: 8,
} as const;

/** The same for the masks of dropout. */
const heldByDropout = { hidden: 3, score: 1.5 } as const;

/** Foresees the memory of training; sizes too large for exact arithmetic give a number that is near enough, or Infinity. */
export function estimateTrainingMemory(sizes: TrainingSizes): MemoryEstimate {
  const { model, numParameters, batchSize: B, blockSize: T, accumulationSteps = 1 } = sizes;
  const { embedDim: C, numHeads: H, numLayers: L, vocabSize: V } = model;
  const parameters = numParameters * bytesPerNumber;
  const gradientsAndState = parameters * (accumulationSteps > 1 ? 4 : 3);
  const drops = (model.dropoutRate ?? 0) > 0;
  const hidden = held.hidden + (drops ? heldByDropout.hidden : 0);
  const score = held.score + (drops ? heldByDropout.score : 0);
  const experts = (model.numExperts ?? 0) * (model.expertDim ?? 0);
  const perLayer = hidden * B * T * C + score * B * H * T * T + held.expert * B * T * experts;
  const activations = (L * perLayer + held.logit * B * T * V) * bytesPerNumber;
  const total = parameters + gradientsAndState + activations + processBytes;
  return { parameters, gradientsAndState, activations, process: processBytes, total };
}

/** Throws a UserError, before anything is allocated, for sizes that will not fit into `availableBytes`. */
export function requireMemory(
  sizes: TrainingSizes,
  availableBytes: number = availableMemoryBytes(),
): void {
  const estimate = estimateTrainingMemory(sizes);
  if (!(estimate.total > availableBytes)) return;
  throw new UserError(
    `memory: expected a run that fits into the ${gigabytes(availableBytes)} available, got one that needs ` +
      `${gigabytes(estimate.total)}, ${gigabytes(estimate.activations)} of it for a batch. ` +
      `Lower ${whatToLower(estimate)}.`,
  );
}

function whatToLower({ activations, total }: MemoryEstimate): string {
  return activations > total / 2
    ? "--batch-size (raise --accumulation-steps to make up for it), --block-size or --num-layers"
    : "--embed-dim or --num-layers";
}

function gigabytes(bytes: number): string {
  if (!(bytes < 1e15)) return "over a million GB";
  return `${(bytes / 1e9).toLocaleString("en-US", { maximumSignificantDigits: 3 })} GB`;
}
