/** @file Scaled dot-product attention (https://arxiv.org/abs/1706.03762). */
import { UserError } from "../errors.ts";
import { compositeWithOutputs, formatShape, scalar } from "../graph/index.ts";
import type { Op, Tensor } from "../graph/index.ts";
import { unbroadcast } from "./broadcasting.ts";
import { and } from "./comparison.ts";
import { causalMask, zeros } from "./create.ts";
import { add, mul, sub } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { sum } from "./reduce.ts";
import { where } from "./select.ts";
import { softmax } from "./softmax.ts";

/** What hides a score from the softmax: finite, so that even a fully hidden row stays finite. */
const hidden = -3e38;

/** `x` where the bool `mask` is false, `value` elsewhere. */
export function maskedFill(x: Tensor, mask: Tensor, value: number): Tensor {
  return where(mask, value, x);
}

export interface AttentionOptions {
  /** Hides keys after the query's own position; with S > T the queries are the last T. Default false. */
  readonly isCausal?: boolean;
  /** Bool `(…, T, S)`, true where a query may look. */
  readonly mask?: Tensor;
  /** Added to the scores, `(…, T, S)`; a constant, through which no gradient flows. */
  readonly bias?: Tensor;
  /** Factor of the scores; 1/√D unless said. */
  readonly scale?: number;
  /** Multiplied with the attention weights, `(…, T, S)`: a dropout's mask. */
  readonly weightsFactor?: Tensor | undefined;
}

interface Scale {
  readonly scale: number;
}

/** Attention with its weights, so that the backward finds them: `(…, T, D)` and `(…, T, S)`. */
const attentionWithWeights: Op<
  readonly [q: Tensor, k: Tensor, v: Tensor, bias: Tensor, factor: Tensor],
  Scale,
  readonly Tensor[]
> = compositeWithOutputs({
  name: "attention",
  body([q, k, v, bias, factor], { scale }) {
    const scores = matmul(q, k, { transposeB: true, alpha: scale });
    const weights = softmax(add(scores, bias)); // (…, T, S)
    return [matmul(timesUnlessOne(weights, factor), v), weights];
  },
  // With P the weights: dS = P (dP − rowsum(dO O)), where rowsum(dO O) = rowsum(dP P) costs D and not S columns
  // (https://arxiv.org/abs/2205.14135, appendix B). Hidden scores have P = 0, so no mask is needed again.
  gradient([first, second], { inputs, attributes: { scale }, outputs: [y, weights] }) {
    const [q, k, v, bias, factor] = inputs;
    const dy = first ?? zeros(y.shape);
    const dv = matmul(timesUnlessOne(weights, factor), dy, { transposeA: true });
    const dProduct = matmul(dy, v, { transposeB: true }); // (…, T, S)
    const direct = timesUnlessOne(dProduct, factor);
    const dWeights = second ? add(direct, second) : direct; // the weights' own, in a gradient of this gradient
    const rows = second ? mul(dWeights, weights) : mul(dy, y);
    const spread = sum(rows, { axis: -1, keepDims: true }); // (…, T, 1)
    const dScores = mul(weights, sub(dWeights, spread));
    const dq = matmul(dScores, k, { alpha: scale });
    const dk = matmul(dScores, q, { transposeA: true, alpha: scale });
    return [
      unbroadcast(dq, q.shape),
      unbroadcast(dk, k.shape),
      unbroadcast(dv, v.shape),
      unbroadcast(dScores, bias.shape),
      factor.shape.length === 0 ? "none" : unbroadcast(mul(dProduct, weights), factor.shape),
    ];
  },
});

/** The product, or `x` itself where the factor is the scalar that stands for none. */
const timesUnlessOne = (x: Tensor, factor: Tensor): Tensor =>
  factor.shape.length === 0 ? x : mul(x, factor);

/** What the options add to the scores: 0 where a query may look. */
function scoreBias(T: number, S: number, { isCausal, mask, bias }: AttentionOptions): Tensor {
  const masks = [...(isCausal ? [causalMask(T, S)] : []), ...(mask ? [mask] : [])];
  if (masks.length === 0) return bias ?? scalar(0);
  const visible = masks.reduce((all, one) => and(all, one));
  return where(visible, bias ?? 0, hidden);
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
  const factor = options.weightsFactor ?? scalar(1);
  const scale = options.scale ?? 1 / Math.sqrt(D);
  return attentionWithWeights(q, k, v, scoreBias(T, S, options), factor, { scale })[0];
}
attention.operation = attentionWithWeights.operation;
