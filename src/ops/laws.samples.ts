/**
 * @file Samples of every operation, at which the laws are tested. The type asks for an entry for each export of
 * `index.ts` that is an operation, so a forgotten one does not compile.
 */
import { sizeOf, tensor } from "../graph/index.ts";
import type { Constant, Operation, Shape } from "../graph/index.ts";
import type * as ops from "./index.ts";

type Ops = typeof ops;

/** The exports that are operations: those with a field `operation`. */
export type OperationName = {
  [K in keyof Ops]: Ops[K] extends { readonly operation: Operation } ? K : never;
}[keyof Ops];

export interface Sample {
  readonly inputs: readonly Constant[];
  readonly attributes?: unknown;
  /** Which inputs have no slope here, by position. */
  readonly fixed?: readonly number[];
  /** Lies on a kink or a jump, where finite differences do not tell the gradient. */
  readonly hasKink?: boolean;
}

const given = (...inputs: Constant[]): Sample => ({ inputs });
const using = (attributes: unknown, ...inputs: Constant[]): Sample => ({ inputs, attributes });
const int = { dtype: "int32" } as const;
const kink = (...inputs: Constant[]): Sample => ({ inputs, hasKink: true });

/** Numbers in (low, high) that look random and are the same everywhere. */
function floats(shape: Shape, low = -2, high = 2): Constant {
  const phase = shape.reduce((total, length, axis) => total + length * (axis + 1), 0.5);
  const unit = (i: number) => (Math.abs(Math.sin(12.9898 * (i + 1) + phase)) * 43758.5453) % 1;
  const data = Float32Array.from(
    { length: sizeOf(shape) },
    (_, i) => low + (high - low) * (0.01 + 0.98 * unit(i)),
  );
  return tensor(data, { shape });
}

/** Whole numbers from low up to, not including, high. */
function ints(shape: Shape, low = -5, high = 6): Constant {
  const { data } = floats(shape, low, high);
  return tensor(Int32Array.from(data, Math.floor), { shape });
}

function bools(shape: Shape): Constant {
  return tensor(
    Uint8Array.from(floats(shape).data, (x) => Number(x > 0)),
    { shape },
  );
}

/** Cosines and sines of some angles, two `(rows, half)`. */
function angles(rows: number, half: number): Constant[] {
  const { shape, data } = floats([rows, half], -3, 3);
  return [Math.cos, Math.sin].map((of) => tensor(Float32Array.from(data, of), { shape }));
}

/** Attention over a cache with zeros in the slots that no position has. */
function cached(
  {
    B,
    T,
    S,
    D,
    heads: [H, KV],
    lengths,
  }: Record<"B" | "T" | "S" | "D", number> & {
    readonly heads: readonly [number, number];
    readonly lengths: readonly number[];
  },
  attributes: object = {},
  tables: readonly Constant[] = [],
): Sample {
  const past = (high: number) => {
    const { data } = floats([B, KV, S, D], -high, high);
    const slotOf = (i: number) => Math.floor(i / D) % S;
    const rowOf = (i: number) => Math.floor(i / (KV * S * D));
    const held = data.map((x, i) => (slotOf(i) < lengths[rowOf(i)] ? x : 0));
    return tensor(held, { shape: [B, KV, S, D] });
  };
  const widths = "isJoint" in attributes ? [(H + 2 * KV) * D] : [H * D, KV * D, KV * D];
  return using(
    { numHeads: H, numKvHeads: KV, isJoint: false, ...attributes },
    ...widths.map((width) => floats([B, T, width])),
    past(2),
    past(1),
    tensor(Int32Array.from(lengths)),
    ...tables,
  );
}

/** N tokens of width C for E experts of width I, and their scores. */
const experts = (N: number, E: number, C: number, I: number): Constant[] => [
  ...[floats([N, C]), floats([N, E])],
  ...[floats([E, I, C]), floats([E, I, C], -1, 1), floats([E, C, I])],
];

/** Samples of a function of one float tensor, with numbers of (low, high). */
function unary(low = -2, high = 2): Sample[] {
  const shapes = [[], [5], [2, 3], [2, 1, 3], [2, 1, 3, 2], [0], [2, 0, 3]];
  return shapes.map((shape) => given(floats(shape, low, high)));
}

/** Pairs of shapes that broadcast. */
const pairs: [Shape, Shape][] = [
  [[], []],
  [[3], [3]],
  [[2, 3], [3]],
  [[], [2, 2]],
  [
    [2, 1],
    [1, 3],
  ],
  [
    [2, 1, 3],
    [4, 1],
  ],
  [
    [1, 2, 1, 2],
    [3, 1, 2, 1],
  ],
  [
    [2, 3],
    [1, 1],
  ],
  [[0], [1]],
  [
    [2, 0],
    [2, 1],
  ],
];
const binary = (low = -2, high = 2, lowB = low, highB = high): Sample[] =>
  pairs.map(([a, b]) => given(floats(a, low, high), floats([...b], lowB, highB)));

/** Broadcast pairs whose second operand is not the first's equal. */
const apart: Sample[] = pairs.map(([a, b]) => given(floats(a), floats(b, 2.5, 4)));
const ties = kink(tensor([1, 2, 3, -4]), tensor([1, 5, 3, 4]));

const comparisons: Sample[] = [
  ...binary(),
  given(ints([3, 4], 0, 3), ints([4], 0, 3)),
  given(tensor([1, 2, 0, -0]), tensor([1, 3, -0, 0])),
  given(tensor([NaN, 1, Infinity]), tensor([NaN, NaN, Infinity])),
];
const logic: Sample[] = pairs.map(([a, b]) => given(bools(a), bools(b)));

const reductions: Sample[] = [
  given(floats([])),
  given(floats([5])),
  given(floats([2, 3, 4])),
  using({ keepDims: true }, floats([2, 3])),
  using({ axis: 0 }, floats([4])),
  using({ axis: -1 }, floats([2, 3])),
  using({ axis: 1, keepDims: true }, floats([2, 3, 4])),
  using({ axis: [0, -1] }, floats([2, 3, 4])),
  using({ axis: [-2, 0], keepDims: true }, floats([2, 3, 2, 2])),
  using({ axis: [] }, floats([2, 3])),
  using({ axis: 1 }, floats([3, 1])),
  using({ axis: -1 }, floats([0, 3])),
  using({ axis: 0 }, ints([4, 3])),
  given(ints([7])),
];
const extremes: Sample[] = [
  ...reductions,
  {
    ...using(
      { axis: -1 },
      tensor([
        [1, 3, 3],
        [2, 2, 2],
      ]),
    ),
    hasKink: true,
  },
];

const rows = [
  given(floats([4])),
  given(floats([2, 3])),
  given(floats([2, 1, 5])),
  given(floats([2, 2, 1, 3])),
  given(floats([3, 1])),
  given(floats([0, 3])),
  given(tensor([1000, 1001, 999])),
  given(tensor([-3e38, 0.5, -3e38])), // masked
  kink(tensor([-Infinity, 0.5, 1])), // as PyTorch masks
  kink(tensor([-3e38, -3e38, -3e38])), // wholly masked
];

const epsilon = { epsilon: 1e-5 };

const half = { scale: 0.5 };
/** Hides the last key from the first of two queries. */
const causal = tensor([
  [0, 0, 0, -3e38],
  [0, 0, 0, 0],
]);
const drop = tensor([
  [2, 0, 2, 2],
  [0, 2, 2, 0],
]);

export const samples: Readonly<Record<OperationName, readonly Sample[]>> = {
  gelu: unary(-4, 4),
  geluTanh: unary(-4, 4),
  silu: [...unary(-4, 4), given(tensor([-80, 80]))],

  equal: [...comparisons, ...logic],
  less: comparisons,
  lessOrEqual: comparisons,
  greater: comparisons,
  greaterOrEqual: comparisons,
  and: logic,
  or: logic,
  not: [given(bools([])), given(bools([5])), given(bools([2, 1, 3])), given(bools([0]))],

  iota: [1, 2, 17, 0].map((length) => using(length)),

  neg: [...unary(), given(ints([2, 3]))],
  exp: [...unary(), given(tensor([-200, -88, 80]))],
  log: [...unary(0.1, 5), given(tensor([1e30])), kink(tensor([1e-30]))],
  sqrt: [...unary(0.1, 5), kink(tensor([0]))],
  sin: unary(-6, 6),
  cos: unary(-6, 6),
  abs: [...unary(), given(ints([2, 3])), kink(tensor([0, -0]))],
  sign: [...unary(), given(ints([2, 3])), kink(tensor([0, 1, -1]))],
  floor: [...unary(-4, 4), kink(tensor([1, -2]))],
  tanh: [...unary(), given(tensor([-30, 30]))],
  sigmoid: [...unary(-5, 5), given(tensor([-80, 80]))],
  erf: [...unary(-3, 3), given(tensor([-7, -2.6, -2.4, 0, 2.4, 2.6, 7]))],

  add: [...binary(), given(ints([2, 3]), ints([3]))],
  sub: [...binary(), given(ints([2, 3]), ints([3]))],
  mul: [...binary(), given(ints([2, 3]), ints([3]))],
  div: [...binary(-2, 2, 0.5, 2), given(ints([2, 9]), ints([9], 1, 4))],
  pow: [
    ...binary(0.3, 2),
    { ...given(tensor([-1.5, -0.5, 2, 0]), tensor(2)), fixed: [1] },
    { ...given(tensor([-1.5, -0.5, 2]), tensor(3)), fixed: [1] },
    given(tensor([4, 0.25]), tensor(0.5)),
    given(floats([4], 0.5, 2), tensor([0, -1, 2, -0.5])),
    given(tensor([10000]), tensor([[0, -0.25, -0.5]])),
    given(ints([4]), tensor(2, int)),
  ],
  maximum: [...apart, ...binary(-2, 2, -1, 1).slice(2, 6), ties, given(ints([5]), ints([1]))],
  minimum: [...apart, ...binary(-2, 2, -1, 1).slice(2, 6), ties, given(ints([5]), ints([1]))],

  gather: [
    given(floats([5, 3]), ints([4], 0, 5)),
    given(floats([5, 3]), ints([2, 6], 0, 5)), // repeated rows
    given(floats([4]), ints([], 0, 4)),
    given(floats([4]), ints([2, 1, 3], 0, 4)),
    given(floats([3, 2, 2]), ints([2, 2], 0, 3)),
    given(floats([3, 2]), ints([0], 0, 3)),
    given(ints([4, 2]), ints([3], 0, 4)),
    given(bools([4, 2]), ints([3], 0, 4)),
  ],
  gatherElements: [
    using({ axis: 0 }, floats([4]), ints([7], 0, 4)),
    using({ axis: 0 }, floats([3, 2]), ints([5, 2], 0, 3)),
    using({ axis: -1 }, floats([3, 4]), ints([3, 1], 0, 4)),
    using({ axis: 1 }, floats([2, 3, 2]), ints([2, 2, 2], 0, 3)),
    using({ axis: -2 }, floats([2, 3, 2, 2]), ints([2, 3, 4, 2], 0, 2)),
    using({ axis: 1 }, ints([2, 3]), ints([2, 2], 0, 3)),
  ],
  scatterAdd: [
    using({ axis: 0 }, floats([4]), ints([9], 0, 4), floats([9])),
    using({ axis: 0 }, floats([3, 2]), ints([5, 2], 0, 3), floats([5, 2])),
    using({ axis: -1 }, floats([3, 4]), ints([3, 1], 0, 4), floats([3, 1])),
    using({ axis: 1 }, floats([2, 3, 2]), ints([2, 4, 2], 0, 3), floats([2, 4, 2])),
    using({ axis: -2 }, floats([2, 3, 2]), ints([2, 5, 2], 0, 3), floats([2, 5, 2])),
    using({ axis: 0 }, floats([4]), ints([0], 0, 4), floats([0])),
    using({ axis: 0 }, ints([4]), ints([9], 0, 4), ints([9])),
  ],
  topK: [
    using({ k: 1 }, floats([5])),
    using({ k: 3 }, floats([5])),
    using({ k: 5 }, floats([2, 5])),
    using({ k: 2 }, floats([2, 2, 4])),
    { ...using({ k: 2 }, tensor([1, 3, 3, 3, 2])), hasKink: true },
    using({ k: 3 }, ints([2, 7])),
  ],

  linear: [
    given(floats([2, 3]), floats([4, 3]), floats([4])),
    given(floats([1, 5]), floats([1, 5]), floats([1])),
    given(floats([6, 2]), floats([3, 2]), floats([3])),
    given(floats([0, 2]), floats([3, 2]), floats([3])),
  ],

  crossEntropy: [
    using({ ignoreIndex: -100 }, floats([3, 5]), ints([3], 0, 5)),
    using({ ignoreIndex: -100 }, floats([4, 3], -30, 30), tensor([2, -100, 0, -100], int)),
    using({ ignoreIndex: 1 }, floats([4, 3]), tensor([2, 1, 0, 1], int)),
    using({ ignoreIndex: -100 }, tensor([[1000, -1000, 0]]), tensor([0], int)),
  ],

  linearCrossEntropy: [
    using({ ignoreIndex: -100 }, floats([3, 4]), floats([5, 4]), ints([3], 0, 5)),
    using({ ignoreIndex: 1 }, floats([4, 2]), floats([3, 2]), tensor([2, 1, 0, 1], int)),
    using(
      { ignoreIndex: -100 },
      floats([3, 2], -30, 30),
      floats([4, 2]),
      tensor([3, -100, 3], int),
    ),
  ],

  matmul: [
    given(floats([2, 3]), floats([3, 4])),
    using({ transposeA: true }, floats([3, 2]), floats([3, 4])),
    using({ transposeB: true }, floats([2, 3]), floats([4, 3])),
    using({ transposeA: true, transposeB: true, alpha: 0.5 }, floats([3, 2]), floats([4, 3])),
    using({ alpha: -2 }, floats([1, 3]), floats([3, 1])),
    given(floats([2, 2, 3]), floats([2, 3, 2])),
    given(floats([2, 2, 3]), floats([3, 2])),
    given(floats([2, 3]), floats([2, 3, 2])),
    given(floats([2, 1, 2, 3]), floats([3, 3, 2])),
    using({ transposeB: true, alpha: 0.25 }, floats([2, 1, 2, 3]), floats([3, 4, 3])),
    using({ transposeA: true }, floats([2, 2, 3, 2]), floats([2, 2, 3, 2])),
    using({ transposeA: true, transposeB: true }, floats([2, 3, 2]), floats([1, 4, 3])),
    using({ transposeB: true }, floats([2, 2, 3]), floats([4, 3])),
    given(floats([0, 3]), floats([3, 2])),
    given(floats([2, 0, 3]), floats([3, 2])),
    given(floats([2, 0]), floats([0, 3])),
    given(floats([2, 2, 0]), floats([2, 0, 3])),
  ],

  reshape: [
    using([6], floats([2, 3])),
    using([3, -1], floats([2, 3])),
    using([], floats([1, 1])),
    using([1, 1], floats([])),
    using([2, 2, 1, 3], ints([4, 3])),
    using([3, 0], floats([0, 2])),
    using([2], bools([2, 1])),
  ],
  transpose: [
    given(floats([2, 3])),
    given(floats([2, 3, 4])),
    using([1, 0], floats([2, 3])),
    using([0, 2, 1, 3], floats([2, 3, 2, 2])),
    using([2, 0, 1], floats([2, 3, 4])),
    using([0], floats([3])),
    using([3, 1, 0, 2], ints([2, 3, 1, 2])),
    given(floats([2, 0])),
    given(bools([2, 3])),
  ],
  broadcastTo: [
    using([2, 3], floats([])),
    using([2, 3], floats([3])),
    using([2, 3], floats([2, 1])),
    using([2, 3, 2], floats([1, 3, 1])),
    using([2, 2, 3, 2], ints([3, 1])),
    using([3], floats([3])),
    using([2, 3], bools([2, 1])),
    using([0, 3], floats([3])),
  ],
  slice: [
    using({ axis: 0, start: 1 }, floats([4])),
    using({ axis: 0, end: 2 }, floats([4, 2])),
    using({ axis: -1, start: -2 }, floats([2, 5])),
    using({ axis: 1, start: 1, end: -1 }, floats([2, 4, 3])),
    using({ axis: 2, start: 1, end: 100 }, floats([2, 1, 3, 2])),
    using({ axis: 0, start: 3, end: 1 }, floats([4])), // empty
    using({ axis: 0, start: 2 }, ints([4])),
    using({ axis: 0, start: 2 }, bools([4])),
  ],
  pad: [
    using({ axis: 0, before: 1 }, floats([3])),
    using({ axis: 0, after: 2, value: 1.5 }, floats([2, 3])),
    using({ axis: -1, before: 1, after: 2 }, floats([2, 2, 3])),
    using({ axis: 1, before: 1, value: -7 }, ints([2, 2])),
    using({ axis: 0 }, floats([2, 2])),
    using({ axis: 0, before: 2 }, floats([0, 2])),
    using({ axis: 0, after: 1, value: 1 }, bools([2])),
  ],
  split: [
    using({ parts: 2, axis: -1 }, floats([2, 4])),
    using({ parts: 3, axis: 0 }, floats([3, 2, 2])),
    using({ parts: 1, axis: 1 }, floats([2, 3])),
    using({ parts: 2, axis: 1 }, ints([2, 4, 3])),
  ],
  concat: [
    using({ axis: 0 }, floats([3]), floats([2])),
    using({ axis: 0 }, floats([2, 3])),
    using({ axis: -1 }, floats([2, 3]), floats([2, 1]), floats([2, 2])),
    using({ axis: 1 }, floats([2, 1, 2]), floats([2, 3, 2])),
    using({ axis: -2 }, floats([2, 0, 2]), floats([2, 3, 2])),
    using({ axis: 0 }, ints([2]), ints([3])),
    using({ axis: 0 }, bools([2]), bools([3])),
  ],

  attention: [
    using(half, floats([2, 3]), floats([4, 3]), floats([4, 2]), tensor(0), tensor(1)),
    using(half, floats([2, 2, 3]), floats([2, 4, 3]), floats([2, 4, 3]), causal, tensor(1)),
    using(half, floats([1, 2, 2, 3]), floats([1, 2, 4, 3]), floats([1, 2, 4, 3]), causal, drop),
    using(half, floats([2, 2, 2, 3]), floats([2, 1, 4, 3]), floats([1, 2, 4, 3]), causal, drop),
    using(half, floats([2, 3]), floats([4, 3]), floats([4, 2]), floats([2, 2, 4]), tensor(1)),
  ],

  cachedAttention: [
    cached({ B: 1, T: 3, S: 5, D: 8, heads: [2, 2], lengths: [2] }),
    cached({ B: 1, T: 3, S: 4, D: 8, heads: [4, 2], lengths: [0] }),
    cached({ B: 3, T: 1, S: 4, D: 8, heads: [2, 1], lengths: [1, 3, 0] }, { scale: 0.2 }),
    cached({ B: 1, T: 2, S: 6, D: 8, heads: [2, 2], lengths: [4] }, { windowSize: 3 }),
    cached({ B: 2, T: 1, S: 5, D: 8, heads: [2, 2], lengths: [4, 1] }, { windowSize: 2 }),
    cached({ B: 2, T: 2, S: 4, D: 3, heads: [2, 1], lengths: [2, 1] }),
    cached({ B: 1, T: 2, S: 5, D: 16, heads: [2, 1], lengths: [3] }, {}, angles(6, 8)),
    cached({ B: 2, T: 1, S: 4, D: 16, heads: [1, 1], lengths: [3, 1] }, {}, angles(4, 8)),
    cached({ B: 2, T: 2, S: 4, D: 4, heads: [2, 1], lengths: [0, 2] }, {}, angles(5, 2)),
    cached({ B: 1, T: 2, S: 4, D: 8, heads: [2, 2], lengths: [2] }, { isJoint: true }),
    cached({ B: 1, T: 2, S: 4, D: 8, heads: [4, 2], lengths: [1] }, { isJoint: true }),
    cached(
      { B: 2, T: 1, S: 4, D: 16, heads: [1, 1], lengths: [3, 1] },
      { isJoint: true },
      angles(4, 8),
    ),
  ],

  layerNorm: [
    using(epsilon, floats([3]), floats([3]), floats([3])),
    using(epsilon, floats([2, 4]), floats([4]), floats([4])),
    using({ epsilon: 0.1 }, floats([2, 3, 5]), floats([5]), floats([5])),
    using(epsilon, floats([2, 4], 99, 101), floats([4]), floats([4])),
    using(epsilon, floats([0, 4]), floats([4]), floats([4])),
  ],
  rmsNorm: [
    using(epsilon, floats([3]), floats([3])),
    using(epsilon, floats([2, 4]), floats([4])),
    using({ epsilon: 0.1 }, floats([2, 3, 5]), floats([5])),
    using(epsilon, floats([0, 4]), floats([4])),
  ],

  mixtureOfExperts: [
    using({ k: 2, isNormalised: true }, ...experts(3, 4, 5, 2)),
    using({ k: 1, isNormalised: false }, ...experts(4, 3, 2, 3)),
    using({ k: 2, isNormalised: true, isSparse: true }, ...experts(3, 4, 5, 2)),
    using({ k: 3, isNormalised: false, isSparse: true }, ...experts(1, 3, 4, 4)),
  ],
  rotaryEmbedding: [
    { inputs: [floats([2, 3, 8]), ...angles(3, 2)], fixed: [1, 2] },
    { inputs: [floats([1, 2, 12]), ...angles(5, 3)], fixed: [1, 2] },
    { inputs: [floats([2, 1, 2]), ...angles(1, 1)], fixed: [1, 2] },
  ],

  sum: [...reductions, using({ axis: 0 }, floats([0, 3])), given(floats([0]))],
  max: extremes,
  min: extremes,
  argMax: [
    given(floats([5])),
    given(floats([2, 3])),
    using({ axis: 0 }, floats([4, 2])),
    using({ axis: 1, keepDims: true }, floats([2, 3, 2])),
    using({ axis: -2 }, floats([2, 3, 2, 2])),
    given(tensor([1, 3, 3, 2])),
    given(ints([2, 6])),
  ],
  cumulativeSum: [
    given(floats([5])),
    given(floats([2, 3])),
    using({ axis: 0 }, floats([3, 2])),
    using({ axis: 1, reverse: true }, floats([2, 3, 2])),
    using({ axis: -2 }, floats([2, 3, 2, 2])),
    using({ axis: 0, reverse: true }, ints([5])),
    given(floats([2, 0])),
  ],

  where: [
    given(bools([4]), floats([4]), floats([4])),
    given(bools([]), floats([2]), floats([2, 1])),
    given(bools([3, 3]), floats([2, 3, 3]), floats([])),
    given(bools([2, 1, 3]), floats([4, 1]), floats([3])),
    given(bools([2, 1, 1, 2]), floats([1, 2, 3, 1]), floats([3, 2])),
    given(bools([2, 3]), ints([3]), ints([2, 1])),
    given(bools([2, 3]), bools([3]), bools([2, 3])),
    given(bools([0]), floats([1]), floats([])),
  ],
  cast: [
    using("int32", floats([2, 3], -4, 4)),
    using("float32", ints([5])),
    using("float32", bools([2, 1, 3])),
    using("float32", floats([3])),
    using("int32", bools([4])),
    using("bool", tensor([0, -0, 0.3, -2])),
    using("bool", ints([6], -1, 2)),
    using("bool", bools([])),
  ],
  stopGradient: [given(floats([2, 3])), given(ints([3])), given(bools([]))],

  softmax: rows,
  logSoftmax: rows,
};
