/** @file Runs a function of tensors on one runtime or the other, and proves that the runtime asked for did the work. */
import type { NumericArray, Spec, Tensor, Values } from "../../src/graph/index.ts";
import { compile } from "../../src/runtime/index.ts";
import type { RuntimeName } from "../../src/runtime/index.ts";

export const runtimes: readonly RuntimeName[] = ["reference", "onnx"];

/** What a test feeds: numbers with their shape. */
export type Fed = Spec & { readonly data: NumericArray };

/** Int32 ids of one shape. */
export function ids(rows: readonly (readonly number[])[]): Fed {
  const shape = [rows.length, rows[0].length];
  return { dtype: "int32", shape, data: Int32Array.from(rows.flat()) };
}

/** The results of `fn` on `runtime`, once. */
export async function run(
  runtime: RuntimeName,
  fn: (...inputs: Tensor[]) => readonly Tensor[],
  inputs: readonly Fed[],
): Promise<readonly Values[]> {
  const compiled = await compile(fn, inputs, { runtime });
  try {
    const results = await compiled(...inputs.map(({ data }) => data));
    if (compiled.runs !== 1 || compiled.runtime !== runtime) {
      throw new Error(
        `run: expected one run on ${runtime}, got ${compiled.runs} on ${compiled.runtime}.`,
      );
    }
    return results;
  } finally {
    compiled.release();
  }
}
