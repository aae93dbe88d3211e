/** @file Layer norm and RMS norm over the last axis. */
import { UserError } from "../errors.ts";
import { compositeWithOutputs, composite, float, formatShape } from "../graph/index.ts";
import type { Op, Tensor } from "../graph/index.ts";
import { zeros } from "./create.ts";
import { add, div, mul, sqrt, sub } from "./elementwise.ts";
import { broadcastTo } from "./movement.ts";
import { mean, sum } from "./reduce.ts";

export interface Epsilon {
  readonly epsilon: number;
}

const overLast = { axis: -1, keepDims: true } as const;

function requireWidth(name: string, x: Tensor, weight: Tensor): void {
  const C = x.shape.at(-1);
  if (weight.shape.length === 1 && weight.shape[0] === C) return;
  throw new UserError(
    `${name}: expected a weight of shape (${C},) for ${formatShape(x.shape)}, got ${formatShape(weight.shape)}.`,
  );
}

/** The sum of `dy` over all axes but the last: `(…, C) → (C,)`. */
const overRows = (dy: Tensor): Tensor => sum(dy, { axis: dy.shape.slice(0, -1).map((_, i) => i) });

/** Layer norm with the mean and the inverse deviation that its backward needs: `(…, C)` and twice `(…, 1)`. */
const layerNormWithStatistics: Op<
  [x: Tensor, weight: Tensor, bias: Tensor],
  Epsilon,
  readonly Tensor[]
> = compositeWithOutputs({
  name: "layerNorm",
  body([x, weight, bias], { epsilon }) {
    requireWidth("layerNorm", x, weight);
    requireWidth("layerNorm", x, bias);
    const centre = mean(x, overLast);
    const centred = sub(x, centre);
    const inverse = div(1, sqrt(add(mean(mul(centred, centred), overLast), epsilon)));
    return [add(mul(mul(centred, inverse), weight), bias), centre, inverse];
  },
  onnx: (emit, inputs, { attributes: { epsilon } }) =>
    emit.many("LayerNormalization", inputs, 3, { axis: -1, epsilon: float(epsilon) }),
  // with n = (x − mean)·inverse and g = dy·weight: dx = inverse · (g − mean(g) − n·mean(g·n))
  gradient([first, dCentre, dInverse], { inputs: [x, weight], outputs: [, centre, inverse] }) {
    const dy = first ?? zeros(x.shape);
    const n = mul(sub(x, centre), inverse);
    const g = mul(dy, weight);
    const spread = add(mean(g, overLast), mul(n, mean(mul(g, n), overLast)));
    const dx = [mul(sub(g, spread), inverse)];
    // the statistics' own, in a gradient of this gradient: dmean / C − dinverse · inverse² n / C
    const C = x.shape.at(-1)!;
    if (dCentre) dx.push(broadcastTo(div(dCentre, C), x.shape));
    if (dInverse) dx.push(mul(mul(mul(dInverse, mul(inverse, inverse)), n), -1 / C));
    return [dx.reduce((total, one) => add(total, one)), overRows(mul(dy, n)), overRows(dy)];
  },
});

/** Layer norm over the last axis, `(…, C) → (…, C)` (https://arxiv.org/abs/1607.06450); biased variance. */
export const layerNorm: Op<[x: Tensor, weight: Tensor, bias: Tensor], Epsilon> = Object.assign(
  (x: Tensor, weight: Tensor, bias: Tensor, options: Epsilon) =>
    layerNormWithStatistics(x, weight, bias, options)[0],
  { operation: layerNormWithStatistics.operation },
);

/** RMS norm over the last axis, `(…, C) → (…, C)` (https://arxiv.org/abs/1910.07467). */
export const rmsNorm: Op<[x: Tensor, weight: Tensor], Epsilon> = composite({
  name: "rmsNorm",
  body([x, weight], { epsilon }) {
    requireWidth("rmsNorm", x, weight);
    return mul(div(x, sqrt(add(mean(mul(x, x), overLast), epsilon))), weight);
  },
  onnx: (emit, inputs, { attributes: { epsilon } }) =>
    emit("SimplifiedLayerNormalization", inputs, { axis: -1, epsilon: float(epsilon) }),
});
