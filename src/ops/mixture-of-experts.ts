/** @file A mixture of gated feed-forwards, of which each token asks the few that a router gives most (https://arxiv.org/abs/2101.03961). */
import { UserError } from "../errors.ts";
import { composite, float, formatShape, sameShape } from "../graph/index.ts";
import type { Op, Tensor } from "../graph/index.ts";
import { silu } from "./activations.ts";
import { zeros } from "./create.ts";
import { div, mul } from "./elementwise.ts";
import { scatterAdd, topK } from "./indexing.ts";
import { matmul } from "./matmul.ts";
import { reshape, transpose } from "./movement.ts";
import { sum } from "./reduce.ts";
import { softmax } from "./softmax.ts";

export interface MixtureOptions {
  /** Experts that a token asks. */
  readonly k: number;
  /** Whether the shares of those asked are made to sum to 1. */
  readonly isNormalised: boolean;
  /**
   * Reads the experts that are asked and no others, token by token: fast for a few tokens, slow for many. Otherwise all
   * experts are computed, as few large products. Default false.
   */
  readonly isSparse?: boolean;
}

type Inputs = [x: Tensor, scores: Tensor, gate: Tensor, up: Tensor, down: Tensor];

/**
 * Σ over the k experts with the highest scores of their share times down·(silu(gate·x) ⊙ up·x): `x (N, C)`, `scores (N, E)`
 * before the softmax, `gate` and `up (E, I, C)`, `down (E, C, I)` → `(N, C)`.
 */
export const mixtureOfExperts: Op<Inputs, MixtureOptions> = composite<Inputs, MixtureOptions>({
  name: "mixtureOfExperts",
  body([x, scores, gate, up, down], options) {
    requireShapes(x, scores, gate, up, down);
    const [E, I, C] = gate.shape;
    const N = x.shape[0];
    const through = (weight: Tensor) =>
      matmul(x, reshape(weight, [E * I, C]), { transposeB: true }); // (N, E·I)
    const hidden = mul(silu(through(gate)), through(up));
    const shares = reshape(sharesOf(scores, options), [N, E, 1]);
    const weighted = reshape(mul(reshape(hidden, [N, E, I]), shares), [N, E * I]);
    return matmul(weighted, reshape(transpose(down, [0, 2, 1]), [E * I, C]));
  },
  onnx(emit, [x, scores, gate, up, down], { inputs, attributes }) {
    if (!attributes.isSparse || !emit.has("com.microsoft.MoE")) return undefined;
    const [E, I, C] = inputs[2].shape;
    // rows of gate and up in turn
    const rows = [gate, up].map((weight) => emit("Reshape", [weight, emit.ints([E, I, 1, C])]));
    const both = emit("Concat", rows, { axis: 2 });
    const turns = emit("Reshape", [both, emit.ints([E, 2 * I, C])]);
    return emit("com.microsoft.MoE", [x, scores, turns, undefined, down], {
      ...{ k: attributes.k, normalize_routing_weights: Number(attributes.isNormalised) },
      ...{ activation_type: "swiglu", swiglu_fusion: 1 },
      ...{ activation_alpha: float(1), activation_beta: float(0) },
    });
  },
});

/** What each expert contributes to each token: `(N, E)`, 0 but for k in a row. */
function sharesOf(scores: Tensor, { k, isNormalised }: MixtureOptions): Tensor {
  const [largest, experts] = topK(softmax(scores), { k }); // (N, k) each
  const shares = isNormalised ? div(largest, sum(largest, { axis: -1, keepDims: true })) : largest;
  return scatterAdd(zeros(scores.shape), experts, shares, { axis: -1 });
}

function requireShapes(...[x, scores, gate, up, down]: Inputs): void {
  const [E, I, C] = gate.shape;
  const N = x.shape[0];
  const fits =
    gate.shape.length === 3 &&
    sameShape(x.shape, [N, C]) &&
    sameShape(scores.shape, [N, E]) &&
    sameShape(up.shape, gate.shape) &&
    sameShape(down.shape, [E, C, I]);
  if (fits) return;
  const got = [x, scores, gate, up, down].map(({ shape }) => formatShape(shape)).join(", ");
  throw new UserError(
    `mixtureOfExperts: expected x (N, C), scores (N, E), gate and up (E, I, C) and down (E, C, I), got ${got}.`,
  );
}
