/** @file Cross-entropy of next-token predictions. */
import { UserError } from "../errors.ts";
import { compositeWithOutputs, formatShape, sameShape } from "../graph/index.ts";
import type { Op, Spec, Tensor } from "../graph/index.ts";
import { not, equal } from "./comparison.ts";
import { add, div, log, maximum, mul, neg, sub } from "./elementwise.ts";
import { gather, gatherElements, scatterAdd, scatterAddRows } from "./indexing.ts";
import { matmul } from "./matmul.ts";
import { reshape } from "./movement.ts";
import { max, sum } from "./reduce.ts";
import { cast, where } from "./select.ts";
import { softmax } from "./softmax.ts";

interface IgnoreIndex {
  readonly ignoreIndex: number;
}

/** Targets with a harmless 0 for those ignored, and 1 or 0 for whether each counts: `(N,)` and float `(N, 1)`. */
function targetsAndMask(targets: Tensor, ignoreIndex: number) {
  const N = targets.size;
  const counts = not(equal(targets, ignoreIndex));
  const safe = reshape(where(counts, targets, 0), [N, 1]);
  return { safe, mask: reshape(cast(counts, "float32"), [N, 1]) };
}

const meanOfRows: Op<[logits: Tensor, targets: Tensor], IgnoreIndex, readonly Tensor[]> =
  compositeWithOutputs({
    name: "crossEntropy",
    // log Σ exp(x) = max(x) − log(max(softmax(x))): the softmax is the one that the gradient needs
    body([logits, targets], { ignoreIndex }) {
      const { safe, mask } = targetsAndMask(targets, ignoreIndex);
      const overLast = { axis: -1, keepDims: true };
      const total = sub(max(logits, overLast), log(max(softmax(logits), overLast)));
      const losses = mul(sub(total, gatherElements(logits, safe, { axis: -1 })), mask);
      const count = sum(mask);
      return [div(sum(losses), count), count];
    },
    // dlogits = (softmax(logits) − onehot(targets)) · dy / count
    gradient([dy], { inputs: [logits, targets], attributes: { ignoreIndex }, outputs: [, count] }) {
      if (!dy) return ["none", "none"];
      const { safe, mask } = targetsAndMask(targets, ignoreIndex);
      const scale = mul(mask, div(dy, count)); // (N, 1)
      const weighted = mul(softmax(logits), scale);
      return [scatterAdd(weighted, safe, neg(scale), { axis: -1 }), "none"];
    },
  });

function requireTargets(name: string, logits: Spec, targets: Tensor): void {
  const shape = logits.shape.slice(0, -1);
  if (targets.dtype === "int32" && sameShape(targets.shape, shape)) return;
  throw new UserError(
    `${name}: expected int32 targets of shape ${formatShape(shape)}, got ${targets.dtype} ${formatShape(targets.shape)}.`,
  );
}

/**
 * Mean negative log-likelihood of int32 `targets (…)` under `logits (…, V)`, a scalar, in nats;
 * `torch.nn.functional.cross_entropy`. Targets equal to `ignoreIndex` do not count.
 */
export function crossEntropy(
  logits: Tensor,
  targets: Tensor,
  { ignoreIndex = -100 }: Partial<IgnoreIndex> = {},
): Tensor {
  const V = logits.shape.at(-1)!;
  requireTargets("crossEntropy", logits, targets);
  const rows = reshape(logits, [-1, V]);
  return meanOfRows(rows, reshape(targets, [-1]), { ignoreIndex })[0];
}
crossEntropy.operation = meanOfRows.operation;

const meanOfProjectedRows: Op<
  [x: Tensor, weight: Tensor, targets: Tensor],
  IgnoreIndex,
  readonly Tensor[]
> = compositeWithOutputs({
  name: "linearCrossEntropy",
  body([x, weight, targets], options) {
    return meanOfRows(matmul(x, weight, { transposeB: true }), targets, options);
  },
  // With P = softmax(logits) and s = mask · dy / count, dlogits = s (P − onehot). It is never made: onehot · W is rows of W,
  // onehotᵀ · x is x added to rows, and s goes to the narrow operand.
  gradient([dy], { inputs: [x, weight, targets], attributes, outputs: [, count] }) {
    if (!dy) return ["none", "none", "none"];
    const { safe, mask } = targetsAndMask(targets, attributes.ignoreIndex);
    const rows = reshape(safe, [-1]);
    const scale = mul(mask, div(dy, count)); // (N, 1)
    const P = softmax(matmul(x, weight, { transposeB: true })); // the one of the forward, emitted once
    const scaled = mul(x, scale);
    const dx = mul(sub(matmul(P, weight), gather(weight, rows)), scale);
    const dWeight = matmul(P, scaled, { transposeA: true });
    return [dx, scatterAddRows(dWeight, rows, neg(scaled)), "none"];
  },
});

/**
 * The cross-entropy of `linear(x, weight)`: `x (…, C)`, `weight (V, C)`, int32 `targets (…)` → a scalar, in nats. The same
 * number, and a cheaper gradient: nothing as large as the logits is scaled or copied.
 */
export function linearCrossEntropy(
  x: Tensor,
  weight: Tensor,
  targets: Tensor,
  { ignoreIndex = -100 }: Partial<IgnoreIndex> = {},
): Tensor {
  const [V, C] = weight.shape;
  const spec = { shape: [...x.shape.slice(0, -1), V], dtype: x.dtype };
  if (weight.shape.length !== 2 || x.shape.at(-1) !== C) {
    throw new UserError(
      `linearCrossEntropy: expected x (…, C) and weight (V, C), got ${formatShape(x.shape)} and ${formatShape(weight.shape)}.`,
    );
  }
  requireTargets("linearCrossEntropy", spec, targets);
  const rows = reshape(x, [targets.size, C]);
  return meanOfProjectedRows(rows, weight, reshape(targets, [-1]), { ignoreIndex })[0];
}
linearCrossEntropy.operation = meanOfProjectedRows.operation;

/** Mean binary cross-entropy of probabilities in (0, 1); `torch.nn.functional.binary_cross_entropy`. */
export function binaryCrossEntropy(probabilities: Tensor, targets: Tensor): Tensor {
  const floor = (x: Tensor) => maximum(x, -100); // PyTorch's bound, so that log(0) stays finite
  const hits = mul(targets, floor(log(probabilities)));
  const misses = mul(sub(1, targets), floor(log(sub(1, probabilities))));
  return div(neg(sum(add(hits, misses))), targets.size);
}
