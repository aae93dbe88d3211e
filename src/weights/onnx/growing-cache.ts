/**
 * @file A cache that grows: what was held before goes in, and comes out longer, in operations that every ONNX runtime has.
 * Slower than a cache that is written in place, and what other programs expect of a model.
 */
import type { Tensor } from "../../graph/index.ts";
import type { AttendOptions, Cache, KeysAndValues } from "../../nn/index.ts";
import {
  and,
  attention,
  broadcastTo,
  causalMask,
  concat,
  equal,
  gather,
  greater,
  or,
  positions,
  reshape,
  sub,
  transpose,
  turned,
} from "../../ops/index.ts";

export interface GrowingCacheParts {
  /** Where the T new tokens stand: int32 `(B, T)`. */
  readonly positions: Tensor;
  /** Which tokens count, those held and the new ones: int32 `(B, S)`, 0 for padding. */
  readonly mask: Tensor;
  /** Each `(B, KV, P, D)`, with S = P + T. */
  readonly past: readonly KeysAndValues[];
  /** Rows of the tables of angles: the longest text. */
  readonly contextLength: number;
}

export class GrowingCache implements Cache {
  readonly #parts: GrowingCacheParts;
  readonly present: KeysAndValues[] = [];

  constructor(parts: GrowingCacheParts) {
    this.#parts = parts;
  }

  positions(): Tensor {
    return this.#parts.positions;
  }

  attend(
    layer: number,
    [q, k, v]: readonly [Tensor, Tensor, Tensor],
    { numHeads: H, numKvHeads: KV, scale, windowSize, rotary }: AttendOptions,
  ): Tensor {
    const { past, positions: at, contextLength } = this.#parts;
    const [B, T, C] = q.shape;
    const [D, G] = [C / H, H / KV];
    if (rotary) {
      const tables = rotary.tables(contextLength);
      const [cos, sin] = [tables.cos, tables.sin].map((table) => gather(table, at)); // (B, T, D/2)
      [q, k] = [q, k].map((x) => turned(x, cos, sin));
    }
    const keys = concat([past[layer].keys, heads(k, KV)], { axis: 2 }); //     (B, KV, S, D)
    const values = concat([past[layer].values, heads(v, KV)], { axis: 2 }); // (B, KV, S, D)
    this.present[layer] = { keys, values };
    const S = keys.shape[2];
    const mask = broadcastTo(reshape(this.#visible(T, S, windowSize), [B, 1, 1, T, S]), [
      ...[B, 1, G, T, S],
    ]);
    // the G heads that share keys and values stand one below the other, as if they were more positions
    const grouped = reshape(transpose(reshape(q, [B, T, KV, G, D]), [0, 2, 3, 1, 4]), [
      ...[B, KV, G * T, D],
    ]);
    const mixed = attention(grouped, keys, values, {
      mask: reshape(mask, [B, 1, G * T, S]),
      ...(scale !== undefined && { scale }),
    }); //                                                                     (B, KV, G·T, D)
    return reshape(transpose(reshape(mixed, [B, KV, G, T, D]), [0, 3, 1, 2, 4]), [B, T, C]);
  }

  /** Bool `(B, T, S)`: no later keys, none beyond the window, no padding; each token sees itself, so that none sees nothing. */
  #visible(T: number, S: number, windowSize: number | undefined): Tensor {
    const { mask } = this.#parts;
    const queries = reshape(positions(T, S - T), [T, 1]);
    const keys = reshape(positions(S), [1, S]);
    const causal = causalMask(T, S);
    const near =
      windowSize === undefined ? causal : and(causal, greater(keys, sub(queries, windowSize)));
    const counts = greater(reshape(mask, [mask.shape[0], 1, S]), 0);
    return or(and(near, counts), equal(keys, queries));
  }
}

/** `(B, T, KV·D) → (B, KV, T, D)`. */
function heads(x: Tensor, KV: number): Tensor {
  const [B, T, C] = x.shape;
  return transpose(reshape(x, [B, T, KV, C / KV]), [0, 2, 1, 3]);
}
