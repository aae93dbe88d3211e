/**
 * @file Stochastic gradient descent, with momentum (plain or Nesterov's) and weight decay in the gradient; what
 * `torch.optim.SGD` computes with a dampening of 0.
 */
import { UserError } from "../errors.ts";
import type { Tensor } from "../graph/index.ts";
import { add, mul } from "../ops/index.ts";
import type { Operand } from "../ops/index.ts";

/** The options of SGD that stay the same through a training. */
export interface SgdOptions {
  /** How much of the last step's change goes into the next, 0 by default. */
  readonly momentum: number;
  /** Looks ahead along the momentum, false by default; needs a momentum. */
  readonly nesterov: boolean;
  /** Share of a parameter that is added to its gradient, 0 by default. */
  readonly weightDecay: number;
}

/** The defaults of `torch.optim.SGD`. */
export const sgdDefaults: SgdOptions = { momentum: 0, nesterov: false, weightDecay: 0 };

/** Throws UserError for options that contradict each other. */
export function checkSgdOptions({ momentum, nesterov }: SgdOptions): void {
  if (!nesterov || momentum > 0) return;
  throw new UserError(
    `sgd: expected a momentum above 0 for Nesterov's, got ${momentum}. Set a momentum, 0.9 for example.`,
  );
}

/**
 * One step: the parameter and its momentum buffer (zero at first, of the parameter's shape) afterwards. The learning rate is
 * a 0-D tensor where a graph is compiled once for all steps. Without momentum the buffer stays as it is.
 */
export function sgd(
  parameter: Tensor,
  gradient: Tensor,
  buffer: Tensor,
  options: SgdOptions & { readonly learningRate: Operand },
): { readonly parameter: Tensor; readonly buffer: Tensor } {
  checkSgdOptions(options);
  const { learningRate, momentum, nesterov, weightDecay } = options;
  const moveBy = (change: Tensor) => add(parameter, mul(mul(-1, learningRate), change));
  const decayed = add(gradient, mul(weightDecay, parameter));
  if (momentum === 0) return { parameter: moveBy(decayed), buffer };
  const moved = add(mul(buffer, momentum), decayed);
  const change = nesterov ? add(decayed, mul(momentum, moved)) : moved;
  return { parameter: moveBy(change), buffer: moved };
}
