/**
 * @file The product of matrices, with the transposes and the factor that BLAS folds into it, so that neither the
 * forward nor the backward of a layer moves a matrix to transpose it.
 */
import { UserError } from "../errors.ts";
import { float, formatShape, primitive } from "../graph/index.ts";
import type { Emit, Node, NumericArray, Ref, Shape, Tensor, Values, Op } from "../graph/index.ts";
import { productWithBlocks } from "./block-product.ts";
import { broadcastShapes, broadcastStrides, rowsOf, unbroadcast } from "./broadcasting.ts";

export interface MatmulOptions {
  /** Takes the first operand's last two axes swapped. */
  readonly transposeA?: boolean;
  /** Takes the second operand's last two axes swapped. */
  readonly transposeB?: boolean;
  /** A factor of the product; 1 unless said. */
  readonly alpha?: number;
}

interface Problem {
  readonly batch: Shape;
  readonly shape: Shape;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

function problemOf(a: Shape, b: Shape, { transposeA, transposeB }: MatmulOptions = {}): Problem {
  const [M, K] = transposeA ? [a.at(-1)!, a.at(-2)!] : [a.at(-2)!, a.at(-1)!];
  const [K2, N] = transposeB ? [b.at(-1)!, b.at(-2)!] : [b.at(-2)!, b.at(-1)!];
  if (a.length < 2 || b.length < 2 || K !== K2) {
    const flags = `${transposeA ? "ᵀ" : ""} and ${formatShape(b)}${transposeB ? "ᵀ" : ""}`;
    throw new UserError(
      `matmul: expected shapes (…, M, K) and (…, K, N), got ${formatShape(a)}${flags}.`,
    );
  }
  const batch = broadcastShapes("matmul", a.slice(0, -2), b.slice(0, -2));
  return { batch, shape: [...batch, M, N], M, N, K };
}

/** `(…, M, K) · (…, K, N) → (…, M, N)`; leading axes broadcast. `torch.matmul` of matrices. */
export const matmul: Op<[a: Tensor, b: Tensor], MatmulOptions | undefined> = primitive({
  name: "matmul",
  infer([a, b], options) {
    if (a.dtype !== "float32" || b.dtype !== "float32") {
      throw new UserError(`matmul: expected float32 tensors, got ${a.dtype} and ${b.dtype}.`);
    }
    return { shape: problemOf(a.shape, b.shape, options).shape, dtype: "float32" };
  },
  reference([a, b], options, allocate) {
    const problem = problemOf(a.shape, b.shape, options);
    const y = allocate("float32", problem.shape);
    const { batch, M, N, K } = problem;
    const { transposeA, transposeB, alpha = 1 } = options ?? {};
    const [downA, rightA] = transposeA ? [1, M] : [K, 1];
    const [downB, rightB] = transposeB ? [1, K] : [N, 1];
    // one row for each product: the batch with an axis of length 1 behind it
    const starts = (x: Values) =>
      rowsOf([...batch, 1], [...broadcastStrides(x.shape.slice(0, -2), batch), 0]).starts;
    const startsB = starts(b);
    for (const [i, at] of starts(a).entries()) {
      const left = { data: a.data, start: at * M * K, down: downA, right: rightA };
      const right = { data: b.data, start: startsB[i] * K * N, down: downB, right: rightB };
      const product = { data: y.data, start: i * M * N, down: N, right: 1 };
      multiply(left, right, product, problem, alpha);
    }
    return y;
  },
  onnx: emitMatmul,
  gradient(
    dy,
    { inputs: [a, b], attributes: { transposeA = false, transposeB = false, alpha = 1 } = {} },
  ) {
    // y = a·b: da = dy·bᵀ, db = aᵀ·dy; a transposed operand gets its gradient transposed
    const da = transposeA
      ? matmul(b, dy, { transposeA: transposeB, transposeB: true, alpha })
      : matmul(dy, b, { transposeB: !transposeB, alpha });
    const db = transposeB
      ? matmul(dy, a, { transposeA: true, transposeB: transposeA, alpha })
      : matmul(a, dy, { transposeA: !transposeA, alpha });
    return [unbroadcast(da, a.shape), unbroadcast(db, b.shape)];
  },
});

/** A matrix somewhere in an array: element (i, j) lies at `start + i · down + j · right`. */
interface Matrix {
  readonly data: NumericArray;
  readonly start: number;
  readonly down: number;
  readonly right: number;
}

// A tile's sums and factors fit into the 16 registers of an x86 core.
const tileRows = 2;
const tileColumns = 4;
/** How many rows are packed at once: enough to repay the packing of columns, few enough to stay in the cache. */
const blockRows = 64;

/** y = alpha · a · b, each element summed in double precision in the order of k. */
function multiply(a: Matrix, b: Matrix, y: Matrix, { M, N, K }: Problem, alpha: number): void {
  const rows = new Float64Array(Math.min(M + (M % tileRows), blockRows) * K);
  const panel = new Float64Array(tileColumns * K);
  const sums = new Float64Array(tileRows * tileColumns);
  for (let block = 0; block < M; block += blockRows) {
    const end = Math.min(block + blockRows, M);
    packRows(a, block, end, K, rows);
    for (let j = 0; j < N; j += tileColumns) {
      packPanel(b, j, Math.min(j + tileColumns, N), K, panel);
      for (let i = block; i < end; i += tileRows) {
        multiplyTile(rows, (i - block) * K, panel, K, sums);
        storeTile(
          sums,
          alpha,
          y,
          [i, Math.min(i + tileRows, end)],
          [j, Math.min(j + tileColumns, N)],
        );
      }
    }
  }
}

/** Rows `from` up to `to` in double precision, one after the other. */
function packRows(
  { data, start, down, right }: Matrix,
  from: number,
  to: number,
  K: number,
  rows: Float64Array,
): void {
  for (let i = from, index = 0; i < to; i++) {
    for (let k = 0, at = start + i * down; k < K; k++, at += right) rows[index++] = data[at];
  }
}

/** Columns `from` up to `to` in double precision, the elements of one k side by side. */
function packPanel(
  { data, start, down, right }: Matrix,
  from: number,
  to: number,
  K: number,
  panel: Float64Array,
): void {
  for (let k = 0; k < K; k++) {
    let at = start + k * down + from * right;
    for (let j = 0; j < to - from; j++, at += right) panel[k * tileColumns + j] = data[at];
  }
}

function storeTile(
  sums: Float64Array,
  alpha: number,
  { data, start, down }: Matrix,
  [top, bottom]: readonly [number, number],
  [left, right]: readonly [number, number],
): void {
  for (let i = top; i < bottom; i++) {
    const from = (i - top) * tileColumns - left;
    const to = start + i * down;
    for (let j = left; j < right; j++) data[to + j] = alpha * sums[from + j];
  }
}

/** `sums[row, c] = Σ rows[row, k] · panel[k, c]` for two rows and four columns. */
function multiplyTile(
  rows: Float64Array,
  start: number,
  panel: Float64Array,
  K: number,
  sums: Float64Array,
): void {
  let s0 = 0,
    s1 = 0,
    s2 = 0,
    s3 = 0;
  let t0 = 0,
    t1 = 0,
    t2 = 0,
    t3 = 0;
  for (let k = 0, at = 0; k < K; k++, at += tileColumns) {
    const first = rows[start + k];
    const second = rows[start + K + k];
    s0 += first * panel[at];
    s1 += first * panel[at + 1];
    s2 += first * panel[at + 2];
    s3 += first * panel[at + 3];
    t0 += second * panel[at];
    t1 += second * panel[at + 1];
    t2 += second * panel[at + 2];
    t3 += second * panel[at + 3];
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
  sums[4] = t0;
  sums[5] = t1;
  sums[6] = t2;
  sums[7] = t3;
}

/** Gemm for plain matrices; MatMul, or the contrib FusedMatMul where something is folded in, for batches. */
function emitMatmul(
  emit: Emit,
  [a, b]: readonly [Ref, Ref],
  { inputs, attributes = {}, output }: Node<[Tensor, Tensor], MatmulOptions | undefined>,
): Ref {
  const { transposeA = false, transposeB = false, alpha = 1 } = attributes;
  if (transposeB && !transposeA && alpha === 1) {
    const product = productWithBlocks(emit, a, { weight: b, shape: inputs[1].shape });
    if (product) return product;
  }
  const transA = Number(transposeA);
  const transB = Number(transposeB);
  if (inputs.every(({ shape }) => shape.length === 2)) {
    return emit("Gemm", [a, b], { transA, transB, alpha: float(alpha) });
  }
  if (inputs[0].shape.at(transposeA ? -2 : -1) === 0) {
    // FusedMatMul leaves an empty sum unwritten
    return emit("Expand", [emit.scalar(0, "float32"), emit.ints(output.shape)]);
  }
  if (!transposeA && !transposeB && alpha === 1) return emit("MatMul", [a, b]);
  if (emit.has("com.microsoft.FusedMatMul")) {
    return emit("com.microsoft.FusedMatMul", [a, b], { transA, transB, alpha: float(alpha) });
  }
  const turned = (x: Ref, { shape }: Tensor, isTurned: boolean) =>
    isTurned ? emit("Transpose", [x], { perm: lastTwoSwapped(shape.length) }) : x;
  const product = emit("MatMul", [
    turned(a, inputs[0], transposeA),
    turned(b, inputs[1], transposeB),
  ]);
  return alpha === 1 ? product : emit("Mul", [product, emit.scalar(alpha, "float32")]);
}

function lastTwoSwapped(rank: number): number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return [...axes.slice(0, -2), rank - 1, rank - 2];
}
