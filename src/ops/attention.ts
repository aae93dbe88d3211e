/** @file Scaled dot-product attention (https://arxiv.org/abs/1706.03762). */
import { UserError } from "../errors.ts";
import { formatShape } from "../graph/index.ts";
import type { Tensor } from "../graph/index.ts";
import { causalMask } from "./create.ts";
import { add } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { where } from "./select.ts";
import { softmax } from "./softmax.ts";

/** What hides a score from the softmax. PyTorch's −∞ would do too; a finite number keeps a fully hidden row finite. */
export const hidden = -3e38;

/** `x` where the bool `mask` is true, `value` elsewhere. */
export function maskedFill(x: Tensor, mask: Tensor, value: number): Tensor {
  return where(mask, value, x);
}

export interface AttentionOptions {
  /** Hides keys after the query's own position; with S > T the queries are the last T. Default false. */
  readonly isCausal?: boolean;
  /** Bool `(…, T, S)`, true where a query may look. */
  readonly mask?: Tensor;
  /** Added to the scores, `(…, T, S)`. */
  readonly bias?: Tensor;
  /** Factor of the scores; 1/√D unless said. */
  readonly scale?: number;
  /** Applied to the attention weights (dropout). */
  readonly onWeights?: (weights: Tensor) => Tensor;
}

/** softmax(q·kᵀ/√D)·v: `q (…, T, D)`, `k (…, S, D)`, `v (…, S, D)` → `(…, T, D)`. */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  const [T, D] = q.shape.slice(-2);
  const [S, keyDim] = k.shape.slice(-2);
  if (D !== keyDim || v.shape.at(-2) !== S) {
    const got = [q, k, v].map((x) => formatShape(x.shape)).join(", ");
    throw new UserError(
      `attention: expected q (…, T, D), k (…, S, D) and v (…, S, D), got ${got}.`,
    );
  }
  let scores = matmul(q, k, { transposeB: true, alpha: options.scale ?? 1 / Math.sqrt(D) });
  if (options.bias) scores = add(scores, options.bias);
  if (options.isCausal) scores = where(causalMask(T, S), scores, hidden);
  if (options.mask) scores = where(options.mask, scores, hidden);
  const weights = softmax(scores); // (…, T, S)
  return matmul(options.onWeights?.(weights) ?? weights, v);
}
