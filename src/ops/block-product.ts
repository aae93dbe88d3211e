/** @file Products with weights in few bits: ONNX Runtime multiplies with the blocks as they are stored. */
import { blockLength } from "../graph/index.ts";
import type { Emit, Ref, Shape } from "../graph/index.ts";

/** 4: inputs are rounded to 8 bits block by block, as llama.cpp rounds them; the other levels are many times slower. */
const accuracyLevel = 4;

/** x·Wᵀ + b where W `(out, in)` is stored in blocks; undefined where it is not. */
export function productWithBlocks(
  emit: Emit,
  x: Ref,
  { weight, bias, shape }: { weight: Ref; bias?: Ref | undefined; shape: Shape },
): Ref | undefined {
  const blocks = emit.blocks(weight);
  if (!blocks) return undefined;
  const [N, K] = shape;
  const count = K / blockLength;
  const { bits } = blocks;
  const quants = blocks.quants([N, count, (blockLength * bits) / 8]);
  const scales = blocks.scales([N, count]);
  return emit(
    "com.microsoft.MatMulNBits",
    [x, quants, scales, ...(bias ? [undefined, undefined, bias] : [])],
    { K, N, bits, block_size: blockLength, accuracy_level: accuracyLevel },
  );
}

/** Rows of a table in blocks, `table (V, C)`, `indices (…I)` → `(…I, C)`; undefined where it is not stored so. */
export function rowsOfBlocks(
  emit: Emit,
  indices: Ref,
  { table, shape, indexShape }: { table: Ref; shape: Shape; indexShape: Shape },
): Ref | undefined {
  const blocks = emit.blocks(table);
  if (!blocks || !emit.has("com.microsoft.GatherBlockQuantized")) return undefined;
  const [V, C] = shape;
  const count = C / blockLength;
  const { bits } = blocks;
  // in the shape that a product with the same table wants, so that a tied head's is not kept twice
  const quants = blocks.quants([V, count, (blockLength * bits) / 8]);
  const rows = emit(
    "com.microsoft.GatherBlockQuantized",
    [quants, indices, blocks.scales([V, count, 1])],
    { gather_axis: 0, quantize_axis: 2, block_size: blockLength, bits },
  );
  const sameLength = 0;
  return emit("Reshape", [rows, emit.ints([...indexShape.map(() => sameLength), C])]);
}
