/** @file How llama.cpp's numbers differ from those of Hugging Face: in their order, or by one. */

/**
 * - `transpose`: a matrix (in, out) there is (out, in) here;
 * - `plusOne`: a norm's scale, of which Hugging Face stores what it adds to 1;
 * - `pairs`: rows of rotated heads. Hugging Face rotates channel j of a head with channel j + half, llama.cpp's llama
 *   rotates neighbours, so the rows of a head are dealt out: 0, half, 1, half + 1, …
 */
export type TensorChange =
  | { readonly kind: "transpose" }
  | { readonly kind: "plusOne" }
  | { readonly kind: "pairs"; readonly numHeads: number };

/** A tensor's numbers, row-major. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** From Hugging Face's numbers to llama.cpp's. `values` may be changed in place. */
export function applyChange(change: TensorChange | undefined, given: Numbers): Float32Array {
  if (!change) return given.values;
  if (change.kind === "transpose") return transposed(given);
  if (change.kind === "plusOne") return added(given.values, 1);
  return moveRows(given.values, pairedRows(given.shape[0], change.numHeads));
}

/** From llama.cpp's numbers to Hugging Face's. `values` may be changed in place. */
export function undoChange(change: TensorChange | undefined, given: Numbers): Float32Array {
  if (!change) return given.values;
  if (change.kind === "transpose") return transposed(given);
  if (change.kind === "plusOne") return added(given.values, -1);
  return undoRowOrder(change, given.shape[0], given.values);
}

/** From llama.cpp's order of rows to Hugging Face's, whatever the rows are made of. */
export function undoRowOrder<A extends Float32Array | Uint8Array>(
  { numHeads }: TensorChange & { readonly kind: "pairs" },
  numRows: number,
  values: A,
): A {
  return moveRows(values, inverse(pairedRows(numRows, numHeads)));
}

/** The shape that a change makes; the same in both directions. */
export function changedShape(
  change: TensorChange | undefined,
  shape: readonly number[],
): readonly number[] {
  return change?.kind === "transpose" ? shape.toReversed() : shape;
}

function added(values: Float32Array, amount: number): Float32Array {
  for (let i = 0; i < values.length; i++) values[i] += amount;
  return values;
}

/** Side of the square that is transposed at a time: its rows and its columns fit into the cache together. */
const tile = 32;

function transposed({ shape: [rows, columns], values }: Numbers): Float32Array {
  const result = new Float32Array(values.length);
  for (let top = 0; top < rows; top += tile) {
    for (let left = 0; left < columns; left += tile) {
      const [bottom, right] = [Math.min(top + tile, rows), Math.min(left + tile, columns)];
      for (let c = left; c < right; c++) {
        for (let r = top; r < bottom; r++) result[c * rows + r] = values[r * columns + c];
      }
    }
  }
  return result;
}

/** Where each row of the result comes from. */
function pairedRows(numRows: number, numHeads: number): Uint32Array {
  const headDim = numRows / numHeads;
  const half = headDim / 2;
  return Uint32Array.from({ length: numRows }, (_, row) => {
    const within = row % headDim;
    return row - within + (within % 2) * half + (within >> 1);
  });
}

function inverse(rows: Uint32Array): Uint32Array {
  const result = new Uint32Array(rows.length);
  rows.forEach((from, to) => (result[from] = to));
  return result;
}

function moveRows<A extends Float32Array | Uint8Array>(values: A, rows: Uint32Array): A {
  const width = values.length / rows.length;
  const result = values.slice() as A;
  rows.forEach((from, to) => {
    result.set(values.subarray(from * width, (from + 1) * width), to * width);
  });
  return result;
}
