/**
 * @file Attention over a cache of keys and values: new positions are written behind those that each row holds, and look
 * at all of them. ONNX Runtime's fused operator may do it in place, when a run gets one buffer as past and as present.
 */
import { UserError } from "../errors.ts";
import { compositeWithOutputs, float, formatShape, sameShape } from "../graph/index.ts";
import type { Emit, Op, Ref, Tensor } from "../graph/index.ts";
import { attention } from "./attention.ts";
import { and, greater, greaterOrEqual, lessOrEqual } from "./comparison.ts";
import { positions } from "./create.ts";
import { add, maximum, minimum, sub } from "./elementwise.ts";
import { gather, gatherElements } from "./indexing.ts";
import { split } from "./joining.ts";
import { jointProduct } from "./linear.ts";
import { broadcastTo, reshape, slice, transpose } from "./movement.ts";
import { turned } from "./rotary-embedding.ts";
import { where } from "./select.ts";

export interface CachedAttentionOptions {
  readonly numHeads: number;
  /** Heads of keys and values, each shared by numHeads / numKvHeads queries. */
  readonly numKvHeads: number;
  /** Factor of the scores; 1/√D unless said. */
  readonly scale?: number | undefined;
  /** How many positions a query sees, its own included; all unless said. */
  readonly windowSize?: number | undefined;
  /**
   * The caller's word that at each run there is one row, or one new position in each: all that the fused operator can do.
   * Default: what the shapes say, which does not hold for named lengths.
   */
  readonly isSerial?: boolean | undefined;
}

/** Queries, keys and values (or one tensor of which they are parts), past keys and values, lengths, tables of rotary positions. */
type Inputs = readonly Tensor[];

interface Attributes extends CachedAttentionOptions {
  /** Whether queries, keys and values come side by side in one tensor, `(B, T, (H + 2·KV)·D)`. */
  readonly isJoint: boolean;
}

const cachedAttentionOperation = compositeWithOutputs<Inputs, Attributes>({
  name: "cachedAttention",
  body(inputs, options) {
    const apart = options.isJoint ? [...partsOf(inputs[0], options), ...inputs.slice(1)] : inputs;
    requireShapes(apart, options);
    const [q, k, v, pastKeys, pastValues, lengths, cos, sin] = apart;
    const { numHeads, numKvHeads, scale, windowSize } = options;
    const [B, T] = q.shape;
    const S = pastKeys.shape[2];
    const starts = reshape(lengths, [B, 1]);
    const at = add(starts, positions(T)); // (B, T): the new positions
    const turn = (x: Tensor) => (cos ? turned(x, gather(cos, at), gather(sin, at)) : x);
    const keys = written(pastKeys, headsOf(turn(k), numKvHeads), starts);
    const values = written(pastValues, headsOf(v, numKvHeads), starts);
    const slots = reshape(positions(S), [1, 1, 1, S]);
    const queries = reshape(at, [B, 1, T, 1]);
    const past = lessOrEqual(slots, queries); // (B, 1, T, S)
    const mixed = attention(
      headsOf(turn(q), numHeads),
      shared(keys, numHeads),
      shared(values, numHeads),
      {
        mask: windowSize === undefined ? past : and(past, greater(slots, sub(queries, windowSize))),
        ...(scale !== undefined && { scale }),
      },
    ); // (B, H, T, D)
    return [reshape(transpose(mixed, [0, 2, 1, 3]), q.shape), keys, values];
  },
  onnx(emit, refs, { inputs, attributes }) {
    if (!emit.has("com.microsoft.GroupQueryAttention") || !isFusable(inputs, attributes))
      return undefined;
    const { numHeads, numKvHeads, scale, windowSize, isJoint } = attributes;
    const apart = isJoint ? [refs[0], undefined, undefined, ...refs.slice(1)] : refs;
    const [q, k, v, pastKeys, pastValues, lengths, ...tables] = apart;
    const { last, total } = lengthsOf(emit, lengths!, inputs[0].shape[1]);
    return emit.many(
      "com.microsoft.GroupQueryAttention",
      [q, k, v, pastKeys, pastValues, last, total, ...tables],
      3,
      {
        num_heads: numHeads,
        kv_num_heads: numKvHeads,
        ...(scale !== undefined && { scale: float(scale) }),
        ...(windowSize !== undefined && { local_window_size: windowSize }),
        ...(tables.length > 0 && { do_rotary: 1 }),
      },
    );
  },
});

export interface CachedAttention extends CachedAttentionOptions {
  /** Turns queries and keys by their positions: two tables `(rows, D/2)` with a row for each position. */
  readonly rotary?: { readonly cos: Tensor; readonly sin: Tensor } | undefined;
}

/** What a layer held before: `keys` and `values (B, KV, S, D)`, of which row b fills `lengths[b]` slots; int32 `(B,)`. */
export interface Past {
  readonly keys: Tensor;
  readonly values: Tensor;
  readonly lengths: Tensor;
}

/**
 * Attention of `q (B, T, H·D)` over the past and the new `k` and `v (B, T, KV·D)`, which are written behind it: the mixed
 * values `(B, T, H·D)`, and the keys and values with the new ones `(B, KV, S, D)`. Slots from `lengths[b] + T` mean
 * nothing; there must be room, `lengths[b] + T ≤ S`.
 */
export const cachedAttention: Op<
  readonly [q: Tensor, k: Tensor, v: Tensor],
  CachedAttention & { readonly past: Past },
  readonly Tensor[]
> = Object.assign(
  (
    q: Tensor,
    k: Tensor,
    v: Tensor,
    { past, rotary, ...options }: CachedAttention & { readonly past: Past },
  ) => {
    const tables = rotary ? [rotary.cos, rotary.sin] : [];
    const { keys, values, lengths } = past;
    const joint = jointOf(q, k, v);
    const own = joint ? [joint] : [q, k, v];
    const attributes = { ...options, isJoint: joint !== undefined };
    return cachedAttentionOperation(...own, keys, values, lengths, ...tables, attributes);
  },
  { operation: cachedAttentionOperation.operation },
);

/** The fused operator wants heads of whole vectors, and several rows only where each gets one position. */
function isFusable(inputs: Inputs, { isSerial, isJoint }: Attributes): boolean {
  const [{ shape }] = inputs;
  const [pastKeys, , , tables] = inputs.slice(isJoint ? 1 : 3);
  const isSlim = isSerial ?? (shape[0] === 1 || shape[1] === 1);
  return isSlim && pastKeys.shape[3] % (tables ? 16 : 8) === 0;
}

/** The tensor of which q, k and v are the parts, or the one product that can take their place; undefined without either. */
function jointOf(...parts: readonly [q: Tensor, k: Tensor, v: Tensor]): Tensor | undefined {
  const [{ origin, shape }] = parts;
  const isPart = ({ origin: other, outputIndex }: Tensor, i: number) =>
    other === origin && outputIndex === i;
  if (origin?.operation !== split.operation || !parts.every(isPart)) return jointProduct(parts);
  const [joint] = origin.inputs;
  return origin.outputs.length === 3 && joint.shape.at(-1) === 3 * shape.at(-1)!
    ? joint
    : undefined;
}

/** Queries, keys and values out of `(B, T, (H + 2·KV)·D)`. */
function partsOf(joint: Tensor, { numHeads, numKvHeads }: CachedAttentionOptions): Tensor[] {
  const D = joint.shape[2] / (numHeads + 2 * numKvHeads);
  const ends = [numHeads, numHeads + numKvHeads, numHeads + 2 * numKvHeads];
  return ends.map((end, i) =>
    slice(joint, { axis: 2, start: (ends[i - 1] ?? 0) * D, end: end * D }),
  );
}

/** What the fused operator asks for: the last position of each row `(B,)`, and the longest row's length. */
function lengthsOf(emit: Emit, lengths: Ref, T: number): { last: Ref; total: Ref } {
  const added = emit.cast(emit.ints([T]), "int32");
  const totals = emit("Add", [lengths, added]);
  return {
    last: emit("Sub", [totals, emit.scalar(1, "int32")]),
    total: emit("ReduceMax", [totals], { keepdims: 0 }),
  };
}

/** `(B, T, heads·D) → (B, heads, T, D)`. */
function headsOf(x: Tensor, heads: number): Tensor {
  const [B, T, C] = x.shape;
  return transpose(reshape(x, [B, T, heads, C / heads]), [0, 2, 1, 3]);
}

/** Each head of `(B, KV, S, D)` as often as queries share it: `(B, H, S, D)`. */
function shared(x: Tensor, H: number): Tensor {
  const [B, KV, S, D] = x.shape;
  if (KV === H) return x;
  return reshape(broadcastTo(reshape(x, [B, KV, 1, S, D]), [B, KV, H / KV, S, D]), [B, H, S, D]);
}

/** `past (B, KV, S, D)` with `added (B, KV, T, D)` in the slots from `starts (B, 1)`. */
function written(past: Tensor, added: Tensor, starts: Tensor): Tensor {
  const [B, , S] = past.shape;
  const last = slice(positions(added.shape[2]), { axis: 0, start: -1 }); // not a number: T may be free
  const source = reshape(sub(positions(S), starts), [B, 1, S, 1]); // which new position a slot gets
  const isNew = and(greaterOrEqual(source, 0), lessOrEqual(source, last));
  const index = broadcastTo(minimum(maximum(source, 0), last), past.shape);
  return where(isNew, gatherElements(added, index, { axis: 2 }), past);
}

function requireShapes(inputs: Inputs, { numHeads, numKvHeads }: CachedAttentionOptions): void {
  const [q, k, v, pastKeys, pastValues, lengths, ...tables] = inputs;
  const [B, T, C] = q.shape;
  const D = C / numHeads;
  const S = pastKeys.shape[2];
  const fits =
    Number.isInteger(D) &&
    numHeads % numKvHeads === 0 &&
    [k, v].every(({ shape }) => sameShape(shape, [B, T, numKvHeads * D])) &&
    [pastKeys, pastValues].every(({ shape }) => sameShape(shape, [B, numKvHeads, S, D])) &&
    sameShape(lengths.shape, [B]) &&
    tables.every(({ shape }) => shape[1] === D / 2);
  if (fits) return;
  const got = inputs.map(({ shape }) => formatShape(shape)).join(", ");
  throw new UserError(
    `cachedAttention: expected q (B, T, H·D), k and v (B, T, KV·D), pasts (B, KV, S, D), lengths (B,) and tables (N, D/2) ` +
      `with ${numHeads} heads sharing ${numKvHeads}, got ${got}.`,
  );
}
