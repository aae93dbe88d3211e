/** @file Gradient clipping by the norm of all gradients together; `torch.nn.utils.clip_grad_norm_`. */
import type { Tensor } from "../graph/index.ts";
import { add, div, minimum, mul, sqrt } from "./elementwise.ts";
import { sum } from "./reduce.ts";

/** The Euclidean norm of many tensors taken as one vector: a scalar. */
export function globalNorm(tensors: readonly Tensor[]): Tensor {
  return sqrt(tensors.map((x) => sum(mul(x, x))).reduce((total, x) => add(total, x)));
}

/** Scales tensors so that their global norm is at most `maxNorm`; returns the norm before. */
export function clipByNorm(
  tensors: readonly Tensor[],
  maxNorm: number,
): { readonly clipped: Tensor[]; readonly norm: Tensor } {
  const norm = globalNorm(tensors);
  const factor = minimum(div(maxNorm, add(norm, 1e-6)), 1); // PyTorch's epsilon
  return { clipped: tensors.map((x) => mul(x, factor)), norm };
}
