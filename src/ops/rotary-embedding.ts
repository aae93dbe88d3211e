/** @file Rotary positions: each pair of a head's channels is turned by its token's position (https://arxiv.org/abs/2104.09864). */
import { UserError } from "../errors.ts";
import { composite, formatShape, sameShape } from "../graph/index.ts";
import type { Op, Tensor } from "../graph/index.ts";
import { add, mul, neg, sub } from "./elementwise.ts";
import { concat, split } from "./joining.ts";
import { reshape, slice } from "./movement.ts";

/**
 * Turns channels i and i + D/2 of every head by the angle of the token's position, counted from 0: `x (B, T, H·D)`, `cos` and
 * `sin (N, D/2)` with N ≥ T → `(B, T, H·D)`. The tables are constants, through which no gradient flows.
 */
export const rotaryEmbedding: Op<[x: Tensor, cos: Tensor, sin: Tensor]> = composite({
  name: "rotaryEmbedding",
  body([x, cos, sin]) {
    requireTables(x, cos, sin);
    const [, T] = x.shape;
    const forTokens = (table: Tensor) =>
      reshape(slice(table, { axis: 0, end: T }), [1, T, table.shape[1]]);
    return turned(x, forTokens(cos), forTokens(sin));
  },
  // the position of the first token, instead of one for each
  onnx: (emit, [x, cos, sin]) =>
    emit("com.microsoft.RotaryEmbedding", [x, emit.ints([0]), cos, sin]),
  // turned back by the same angle
  gradient: (dy, { inputs: [, cos, sin] }) => [rotaryEmbedding(dy, cos, neg(sin)), "none", "none"],
});

/** `x (B, T, H·D)` turned by angles of its own for each token, `cos` and `sin (B, T, D/2)`; B may be 1 in these. */
export function turned(x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const [B, T, C] = x.shape;
  const half = cos.shape[2];
  const [first, second] = split(reshape(x, [B, T, C / (2 * half), 2 * half]), 2); // (B, T, H, D/2) each
  const [c, s] = [cos, sin].map((table) => reshape(table, [table.shape[0], T, 1, half]));
  const parts = [sub(mul(first, c), mul(second, s)), add(mul(second, c), mul(first, s))];
  return reshape(concat(parts, { axis: -1 }), x.shape);
}

function requireTables(x: Tensor, cos: Tensor, sin: Tensor): void {
  const [rows, half] = cos.shape;
  const fits =
    x.shape.length === 3 &&
    sameShape(cos.shape, sin.shape) &&
    rows >= x.shape[1] &&
    x.shape[2] % (2 * half) === 0;
  if (fits) return;
  const got = [x, cos, sin].map(({ shape }) => formatShape(shape)).join(", ");
  throw new UserError(
    `rotaryEmbedding: expected x (B, T, H·D) and two tables (N, D/2) with N of at least T, got ${got}.`,
  );
}
