/**
 * @file AdamW: Adam with weight decay that does not pass through the moments. Operation by operation what
 * `torch.optim.AdamW` computes, so the same gradients give the same weights.
 * Decoupled Weight Decay Regularization, https://arxiv.org/abs/1711.05101
 */
import type { Tensor } from "../graph/index.ts";
import { add, div, mul, sqrt, sub } from "../ops/index.ts";
import type { Operand } from "../ops/index.ts";

/** The options of AdamW that stay the same through a training. */
export interface AdamWOptions {
  /** How much of the first and the second moment a step keeps, [0.9, 0.999] by default. */
  readonly betas: readonly [number, number];
  /** Added to the denominator, 1e-8 by default. */
  readonly epsilon: number;
  /** Share of a parameter, times the learning rate, that a step takes away, 0.01 by default. */
  readonly weightDecay: number;
}

/** The defaults of `torch.optim.AdamW`. */
export const adamWDefaults: AdamWOptions = {
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  weightDecay: 0.01,
};

/** What a step multiplies by: numbers, or 0-D float32 tensors where a graph is compiled once for all steps. */
export interface AdamWCoefficients<T extends Operand = Operand> {
  /** 1 − learning rate · weight decay. */
  readonly decayFactor: T;
  /** 1 − β₁. */
  readonly meanWeight: T;
  /** β₂. */
  readonly varianceFactor: T;
  /** 1 − β₂. */
  readonly varianceWeight: T;
  /** √(1 − β₂ᵗ). */
  readonly correction: T;
  readonly epsilon: T;
  /** −learning rate / (1 − β₁ᵗ). */
  readonly negativeStepSize: T;
}

/** The running means of the gradient and of its square, of the parameter's shape, zero at first. */
export interface AdamWMoments {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** The coefficients of the step `step`, counted from 1, in double precision as PyTorch computes them. */
export function adamWCoefficients(
  { betas: [beta1, beta2], epsilon, weightDecay }: AdamWOptions,
  { learningRate, step }: { readonly learningRate: number; readonly step: number },
): AdamWCoefficients<number> {
  return {
    decayFactor: 1 - learningRate * weightDecay,
    meanWeight: 1 - beta1,
    varianceFactor: beta2,
    varianceWeight: 1 - beta2,
    correction: Math.sqrt(1 - beta2 ** step),
    epsilon,
    negativeStepSize: -(learningRate / (1 - beta1 ** step)),
  };
}

/** One step: the parameter and its moments afterwards. All tensors have the parameter's shape. */
export function adamW(
  parameter: Tensor,
  gradient: Tensor,
  { mean: m, variance: v }: AdamWMoments,
  coefficients: AdamWCoefficients,
): AdamWMoments & { readonly parameter: Tensor } {
  const { decayFactor, meanWeight, varianceFactor, varianceWeight } = coefficients;
  const { correction, epsilon, negativeStepSize } = coefficients;
  const mean = add(m, mul(meanWeight, sub(gradient, m)));
  const square = mul(mul(varianceWeight, gradient), gradient);
  const variance = add(mul(v, varianceFactor), square);
  const denominator = add(div(sqrt(variance), correction), epsilon);
  const change = div(mul(negativeStepSize, mean), denominator);
  return { parameter: add(mul(parameter, decayFactor), change), mean, variance };
}
