import { describe, expect, test } from "vitest";
import type { TensorValue } from "./element-type.ts";
import { encodeModel, externalInitializers } from "./model.ts";
import type { OnnxModel } from "./model.ts";
import { NodeSession } from "./session-node.ts";
import type { SessionOptions } from "./session-options.ts";

const float32 = (shape: number[], data = new Float32Array(shape.reduce((a, b) => a * b, 1))) =>
  ({ dtype: "float32", shape, data }) as const;

/** y = a @ b + c, with (n, 3) @ (3, 2) + (2). */
const gemm: OnnxModel = {
  nodes: [{ opType: "Gemm", inputs: ["a", "b", "c"], outputs: ["y"] }],
  inputs: [
    { name: "a", dtype: "float32", shape: ["n", 3] },
    { name: "b", dtype: "float32", shape: [3, 2] },
    { name: "c", dtype: "float32", shape: [2] },
  ],
  outputs: [{ name: "y", dtype: "float32", shape: ["n", 2] }],
  initializers: [],
};
const a = [1, 2, 3, 4, 5, 6];
const b = [1, 0, 0, 1, 1, 1];
const c = [10, 20];
const y = [14, 25, 20, 31]; // by hand: [1,2,3] @ b = [4,5], [4,5,6] @ b = [10,11]

function gemmInputs(): Map<string, TensorValue> {
  return new Map([
    ["a", float32([2, 3], Float32Array.from(a))],
    ["b", float32([3, 2], Float32Array.from(b))],
    ["c", float32([2], Float32Array.from(c))],
  ]);
}

async function withSession<T>(
  model: OnnxModel,
  options: SessionOptions,
  use: (session: NodeSession) => Promise<T>,
): Promise<T> {
  const session = await NodeSession.create(encodeModel(model), options);
  try {
    return await use(session);
  } finally {
    session.release();
  }
}

describe("a run", () => {
  test("computes into the caller's array", () =>
    withSession(gemm, { threads: 1 }, async (session) => {
      expect(session.inputNames).toEqual(["a", "b", "c"]);
      expect(session.outputNames).toEqual(["y"]);
      const output = float32([2, 2]);
      await session.run(gemmInputs(), new Map([["y", output]]));
      expect([...output.data]).toEqual(y);
    }));
});
void externalInitializers;
