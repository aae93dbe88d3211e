/** @file How attention layers mix: every model's queries, keys and values meet here, and the cache of them. */
import { UserError } from "../errors.ts";
import { formatShape, sameShape } from "../graph/index.ts";
import type { Tensor } from "../graph/index.ts";
import {
  and,
  attention,
  broadcastTo,
  causalMask,
  greater,
  positions,
  reshape,
  rotaryEmbedding,
  sub,
  transpose,
} from "../ops/index.ts";
import type { Dropout } from "./dropout.ts";
import type { ForwardOptions } from "./forward-options.ts";
import type { Rotary } from "./rotary.ts";

export interface AttendOptions {
  readonly numHeads: number;
  /** Heads of keys and values, each shared by numHeads / numKvHeads heads of queries. */
  readonly numKvHeads: number;
  /** Factor of the scores; 1/√D unless said. */
  readonly scale?: number | undefined;
  /** How many positions a query sees, its own included; all before it unless said. */
  readonly windowSize?: number | undefined;
  /** Turns queries and keys by their positions; they are taken as they are unless said. */
  readonly rotary?: Rotary | undefined;
  /** The caller's word that keys and values are the same, positions and all, so that a cache may hold them once. Default false. */
  readonly hasSharedCache?: boolean | undefined;
  /** Of the attention weights; none unless said. */
  readonly dropout?: Dropout | undefined;
}

/** Causal attention with shared heads: `q (B, T, H·D)`, `k` and `v (B, T, KV·D)` → `(B, T, H·D)`. */
export function attend(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  config: AttendOptions,
  options: ForwardOptions = {},
): Tensor {
  requireHeads(q, k, v, config);
  const { cache, layer = 0 } = options;
  if (cache) return cache.attend(layer, [q, k, v], config);
  const { numHeads: H, numKvHeads: KV, scale, windowSize, rotary, dropout } = config;
  const [B, T, C] = q.shape;
  const [D, G] = [C / H, H / KV];
  if (rotary) {
    const { cos, sin } = rotary.tables();
    [q, k] = [q, k].map((x) => rotaryEmbedding(x, cos, sin));
  }
  // the G heads that share keys and values stand one below the other, as if they were more positions
  const factor = dropout?.factor([B, H, T, T], options);
  const mixed = attention(groupedHeads(q, KV, G), heads(k, KV), heads(v, KV), {
    mask: repeatedRows(visible(T, windowSize), G), // (G·T, T)
    ...(scale !== undefined && { scale }),
    ...(factor && { weightsFactor: reshape(factor, [B, KV, G * T, T]) }),
  }); // (B, KV, G·T, D)
  const apart = transpose(reshape(mixed, [B, KV, G, T, D]), [0, 3, 1, 2, 4]); // (B, T, KV, G, D)
  return reshape(apart, [B, T, C]);
}

/** `(B, T, KV·G·D) → (B, KV, G·T, D)`. */
function groupedHeads(x: Tensor, KV: number, G: number): Tensor {
  const [B, T, C] = x.shape;
  const D = C / (KV * G);
  return reshape(transpose(reshape(x, [B, T, KV, G, D]), [0, 2, 3, 1, 4]), [B, KV, G * T, D]);
}

/** `(B, T, KV·D) → (B, KV, T, D)`. */
function heads(x: Tensor, KV: number): Tensor {
  const [B, T, C] = x.shape;
  return transpose(reshape(x, [B, T, KV, C / KV]), [0, 2, 1, 3]);
}

/** Which keys a query sees: bool `(T, T)`, no later ones and at most the last `windowSize`. */
function visible(T: number, windowSize?: number): Tensor {
  const causal = causalMask(T);
  if (windowSize === undefined) return causal;
  const queries = reshape(positions(T), [T, 1]);
  const keys = reshape(positions(T), [1, T]);
  return and(causal, greater(keys, sub(queries, windowSize)));
}

/** `(T, S) → (G·T, S)`: all rows, G times over. */
function repeatedRows(mask: Tensor, G: number): Tensor {
  const [T, S] = mask.shape;
  return G === 1 ? mask : reshape(broadcastTo(mask, [G, T, S]), [G * T, S]);
}

function requireHeads(q: Tensor, k: Tensor, v: Tensor, { numHeads, numKvHeads }: AttendOptions) {
  const [B, T, C] = q.shape;
  const keyShape = [B, T, (C / numHeads) * numKvHeads];
  const fits = numHeads % numKvHeads === 0 && [k, v].every((x) => sameShape(x.shape, keyShape));
  if (fits && Number.isInteger(C / numHeads)) return;
  const got = [q, k, v].map(({ shape }) => formatShape(shape)).join(", ");
  throw new UserError(
    `attend: expected q (B, T, H·D), k and v (B, T, KV·D) with ${numHeads} heads sharing ${numKvHeads}, got ${got}.`,
  );
}
