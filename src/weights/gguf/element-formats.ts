/** @file GGUF's formats in which every number stands alone. */
import { narrowingOf } from "../float-narrowing.ts";
import { wideningOf, type FloatDtype } from "../float-widening.ts";
import type { BlockFormat, WritableFormat } from "./block-format.ts";

export const f32: WritableFormat = { ...element(0, 4, "F32"), encode: narrowingOf.F32 };
export const f16: WritableFormat = { ...element(1, 2, "F16"), encode: narrowingOf.F16 };
export const f64: BlockFormat = element(28, 8, "F64");
export const bf16: WritableFormat = { ...element(30, 2, "BF16"), encode: narrowingOf.BF16 };

function element(id: number, blockBytes: number, dtype: FloatDtype): BlockFormat {
  const decode: BlockFormat["decode"] = (bytes, target) => {
    const isAligned = bytes.byteOffset % blockBytes === 0 && bytes.buffer instanceof ArrayBuffer;
    wideningOf[dtype](isAligned ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice(), target);
  };
  return { id, blockLength: 1, blockBytes, decode };
}
