/**
 * @file The product of matrices, with the transposes and the factor that BLAS folds into it, so that neither the
 * forward nor the backward of a layer moves a matrix to transpose it.
 */
import { UserError } from "../errors.ts";
import { float, formatShape, primitive } from "../graph/index.ts";
import type { Emit, Node, Ref, Shape, Tensor, Values, Op } from "../graph/index.ts";
import { broadcastShapes, broadcastStrides, unbroadcast, walkStrided } from "./broadcasting.ts";

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
    const strides = (x: Values) => broadcastStrides(x.shape.slice(0, -2), problem.batch);
    const { M, N, K } = problem;
    const starts: number[] = [];
    walkStrided(problem.batch, strides(b), (_, at) => starts.push(at * K * N));
    walkStrided(problem.batch, strides(a), (i, at) => {
      multiply(a, at * M * K, b, starts[i], y, i * M * N, problem, options ?? {});
    });
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

/** One product of matrices, accumulated in double precision row by row. */
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
  const [rowA, stepA] = transposeA ? [1, M] : [K, 1];
  const row = new Float64Array(N);
  for (let i = 0; i < M; i++) {
    row.fill(0);
    if (transposeB) dotRows(a.data, startA + i * rowA, stepA, b.data, startB, row, K);
    else addRows(a.data, startA + i * rowA, stepA, b.data, startB, row, K);
    for (let j = 0; j < N; j++) y.data[startY + i * N + j] = alpha * row[j];
  }
}

function dotRows(
  a: Values["data"],
  startA: number,
  stepA: number,
  b: Values["data"],
  startB: number,
  row: Float64Array,
  K: number,
): void {
  for (let j = 0; j < row.length; j++) {
    let total = 0;
    for (let k = 0, at = startB + j * K; k < K; k++) total += a[startA + k * stepA] * b[at + k];
    row[j] = total;
  }
}

function addRows(
  a: Values["data"],
  startA: number,
  stepA: number,
  b: Values["data"],
  startB: number,
  row: Float64Array,
  K: number,
): void {
  for (let k = 0; k < K; k++) {
    const factor = a[startA + k * stepA];
    for (let j = 0, at = startB + k * row.length; j < row.length; j++) row[j] += factor * b[at + j];
  }
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
