/**
 * @file The product of matrices, with the transposes and the factor that BLAS folds into it, so that neither the
 * forward nor the backward of a layer moves a matrix to transpose it.
 */
import { UserError } from "../errors.ts";
import { float, formatShape, primitive } from "../graph/index.ts";
import type { Emit, Node, NumericArray, Ref, Shape, Tensor, Values, Op } from "../graph/index.ts";
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
    // one row for each product: the batch with an axis of length 1 behind it
    const starts = (x: Values) =>
      rowsOf([...batch, 1], [...broadcastStrides(x.shape.slice(0, -2), batch), 0]).starts;
    const startsB = starts(b);
    for (const [i, at] of starts(a).entries()) {
      multiply(a, at * M * K, b, startsB[i] * K * N, y, i * M * N, problem, options ?? {});
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

/** One product of matrices, each element summed in double precision in the order of k. */
function multiply(
  a: Values,
  startA: number,
  b: Values,
  startB: number,
  y: Values,
  startY: number,
  { M, N, K }: Problem,
  { transposeA = false, transposeB = false, alpha = 1 }: MatmulOptions,
): void {
  const height = Math.min(M, blockRows);
  const rows = new Float64Array(Math.ceil(height / tileRows) * tileRows * K);
  const panel = new Float64Array(tileColumns * K);
  const sums = new Float64Array(tileRows * tileColumns);
  for (let i = 0; i < M; i += blockRows) {
    const count = Math.min(blockRows, M - i);
    packRows(a.data, startA, i, count, K, transposeA ? [1, M] : [K, 1], rows);
    for (let j = 0; j < N; j += tileColumns) {
      packPanel(b.data, startB, j, N, K, transposeB ? [1, K] : [N, 1], panel);
      multiplyBlock(rows, count, panel, K, sums, alpha, y.data, startY + i * N + j, N, Math.min(tileColumns, N - j));
    }
  }
}

/** How many rows are packed at once: enough to repay the packing of columns, few enough to stay in the cache. */
const blockRows = 64;
// A tile's sums and factors fit into the 16 registers of an x86 core.
const tileRows = 2;
const tileColumns = 4;
/** `sums[row, c] = Σ rows[row, k] · panel[k, c]` for two rows and four columns. */
function multiplyTile(
  rows: Float64Array,
  start: number,
  panel: Float64Array,
  K: number,
  sums: Float64Array,
): void {
  let [s0, s1, s2, s3, t0, t1, t2, t3] = [0, 0, 0, 0, 0, 0, 0, 0];
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
  sums.set([s0, s1, s2, s3, t0, t1, t2, t3]);
}

/** Gemm for plain matrices; MatMul, or the contrib FusedMatMul where something is folded in, for batches. */
function emitMatmul(
  emit: Emit,
  [a, b]: readonly [Ref, Ref],
  { inputs, attributes = {}, output }: Node<[Tensor, Tensor], MatmulOptions | undefined>,
): Ref {
  const { transposeA = false, transposeB = false, alpha = 1 } = attributes;
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
  return emit("com.microsoft.FusedMatMul", [a, b], { transA, transB, alpha: float(alpha) });
}
