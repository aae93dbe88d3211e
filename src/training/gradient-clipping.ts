/** @file Gradient clipping by the norm of all gradients together; `torch.nn.utils.clip_grad_norm_`. */

/**
 * What gradients of norm `norm` are multiplied by so that their norm is at most `maxNorm`; never above 1.
 * With gradients summed over k runs, `norm` is that of their mean, and 1/k times this is the `gradientScale` of a step.
 */
export function clippingFactor(norm: number, maxNorm: number): number {
  return Math.min(maxNorm / (norm + 1e-6), 1); // PyTorch's epsilon
}
