import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import { writeModel } from "./model-file.ts";
import { encodeForSession, encodeModel, externalInitializers, onnxOpset } from "./model.ts";
import type { OnnxInitializer, OnnxModel } from "./model.ts";
import { NodeSession } from "./session-node.ts";
import { hasPythonOnnx, runPython } from "./testing/python-onnx.ts";

type Fields = Map<number, (bigint | Uint8Array)[]>;

/** Reads a message's fields by number; written for this test from the encoding guide, with nothing of the writer in it. */
function read(bytes: Uint8Array): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const wire = key & 7;
    let value: bigint | Uint8Array;
    if (wire === 0) value = varint();
    else {
      const length = wire === 5 ? 4 : Number(varint());
      value = bytes.subarray(at, at + length);
      at += length;
    }
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return fields;
}

const messages = (fields: Fields, field: number): Fields[] =>
  (fields.get(field) ?? []).map((bytes) => read(bytes as Uint8Array));
const text = (fields: Fields, field: number): string[] =>
  (fields.get(field) ?? []).map((bytes) => Buffer.from(bytes as Uint8Array).toString());

function constant(name: string, shape: number[]): OnnxInitializer {
  const count = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: count }, (_, index) => (index % 13) - 6);
  return { name, dtype: "float32", shape, data };
}

/** One node of every kind of attribute, a Microsoft operation, an optional input left out, a named dimension, big and small initializers. */
const model: OnnxModel = {
  name: "everything",
  producerVersion: "1.2.3",
  nodes: [
    {
      opType: "Gemm",
      inputs: ["x", "w"],
      outputs: ["h"],
      attributes: { alpha: { float: 0.5 }, transB: { int: 1 } },
    },
    {
      opType: "FastGelu",
      domain: "com.microsoft",
      inputs: ["h", "b"],
      outputs: ["g"],
      name: "gelu",
    },
    {
      opType: "Transpose",
      inputs: ["g"],
      outputs: ["t"],
      attributes: { perm: { ints: [1, 0] } },
    },
    { opType: "Clip", inputs: ["t", "", "limit"], outputs: ["c"] },
    {
      opType: "ConstantOfShape",
      inputs: ["shape"],
      outputs: ["two"],
      attributes: { value: { tensor: { dtype: "float32", shape: [1], data: Float32Array.of(2) } } },
    },
    { opType: "Mul", inputs: ["c", "two"], outputs: ["m"] },
    { opType: "Neg", inputs: ["big"], outputs: ["z"] },
    {
      opType: "ScatterElements",
      inputs: ["m", "ids", "updates"],
      outputs: ["y"],
      attributes: { axis: { int: -1 }, reduction: { string: "add" } },
    },
  ],
  inputs: [{ name: "x", dtype: "float32", shape: ["batch", 128] }],
  outputs: [
    { name: "y", dtype: "float32", shape: [256, "batch"] },
    { name: "z", dtype: "float32", shape: [20_000] },
  ],
  initializers: [
    constant("w", [256, 128]), // 128 kB: external
    constant("b", [256]),
    constant("big", [20_000]), // 80 kB: external, in the file behind w
    constant("unread", [20_000]), // must stay inside
    { name: "limit", dtype: "float32", shape: [], data: Float32Array.of(500) },
    { name: "shape", dtype: "int64", shape: [1], data: BigInt64Array.of(1n) },
    { name: "ids", dtype: "int32", shape: [1, 1], data: Int32Array.of(0) },
    constant("updates", [1, 1]),
  ],
};

const folder = mkdtempSync(join(tmpdir(), "scratchlm-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("an encoded model", () => {
  const place = { location: "data", offset: 4096, length: 131072 };
  const root = read(encodeModel(model, new Map([["w", place]])));
  const [graph] = messages(root, 7);

  test("names its version, producer and opsets", () => {
    expect(root.get(1)).toEqual([10n]);
    expect([...text(root, 2), ...text(root, 3)]).toEqual(["scratchlm", "1.2.3"]);
    const opsets = messages(root, 8).map((opset) => [text(opset, 1)[0], opset.get(2)?.[0]]);
    expect(opsets).toEqual([
      ["", BigInt(onnxOpset)],
      ["com.microsoft", 1n],
    ]);
  });

  test("has nodes with typed attributes and a place for an optional input", () => {
    const nodes = messages(graph, 1);
    expect(nodes.map((node) => text(node, 4)[0])).toEqual(model.nodes.map((node) => node.opType));
    expect([text(nodes[1], 3), text(nodes[1], 7)]).toEqual([["gelu"], ["com.microsoft"]]);
    expect(text(nodes[3], 1)).toEqual(["t", "", "limit"]);
    const [alpha, transB] = messages(nodes[0], 5);
    expect(text(alpha, 1)).toEqual(["alpha"]);
    expect(alpha.get(2)).toEqual([new Uint8Array([0, 0, 0, 0x3f])]);
    expect([alpha.get(20), transB.get(20), transB.get(3)]).toEqual([[1n], [2n], [1n]]);
    const [axis] = messages(nodes[7], 5);
    expect(BigInt.asIntN(64, axis.get(3)?.[0] as bigint)).toBe(-1n);
  });

  test("has its initializers inside, but names the place of those that are elsewhere", () => {
    const [weight, bias] = messages(graph, 5);
    expect(weight.has(9)).toBe(false);
    expect(weight.get(14)).toEqual([1n]);
    const entries = messages(weight, 13).map((entry) => [text(entry, 1)[0], text(entry, 2)[0]]);
    expect(Object.fromEntries(entries)).toEqual({
      location: "data",
      offset: "4096",
      length: "131072",
    });
    expect((bias.get(9)?.[0] as Uint8Array).length).toBe(1024);
  });

  test("for a session has the big initializers as inputs", () => {
    expect([...externalInitializers(model).keys()]).toEqual(["w", "big"]);
    const [inner] = messages(read(encodeForSession(model)), 7);
    const names = (field: number, name: number) =>
      messages(inner, field).map((each) => text(each, name)[0]);
    expect(names(11, 1)).toEqual([...model.inputs.map(({ name }) => name), "w", "big"]);
    expect(names(5, 8)).not.toContain("w");
    expect(names(5, 8)).toContain("unread");
  });

  test("has a named dimension", () => {
    const [input] = messages(graph, 11);
    const [tensor] = messages(messages(input, 2)[0], 1);
    const [first, second] = messages(messages(tensor, 2)[0], 1);
    expect([text(first, 2), second.get(1)]).toEqual([["batch"], [128n]]);
  });
});

test("a model with data of a wrong length is refused", () => {
  const wrong = { ...constant("w", [2, 2]), shape: [2, 3] };
  expect(() => encodeModel({ ...model, initializers: [wrong] })).toThrow(
    'initializer "w": expected 6 elements for shape (2, 3), got 4',
  );
});

describe("a written model", () => {
  const path = join(folder, "model.onnx");

  test("lies in two files whose initializers begin on pages", async () => {
    await writeModel(path, model);
    expect(readdirSync(folder).sort()).toEqual(["model.onnx", "model.onnx.data"]);
    const data = readFileSync(`${path}.data`);
    expect(data.length).toBe(131072 + 80_000); // 128 KiB is a whole number of pages
    expect(new Float32Array(data.buffer, data.byteOffset + 131072, 20_000)).toEqual(
      model.initializers[2].data,
    );
    expect(statSync(path).size).toBeLessThan(80_000 + 4096); // the unread one is inside
  });

  test("gives the same numbers as the one in memory", async () => {
    const inMemory = await NodeSession.create(encodeForSession(model), {
      initializers: externalInitializers(model),
    });
    const inside = await NodeSession.create(encodeModel(model));
    const onDisk = await NodeSession.create(readFileSync(path), { externalFolder: folder });
    const x = { ...constant("x", [2, 128]) };
    const results = [inMemory, inside, onDisk].map(async (session) => {
      const data = new Float32Array(512);
      const y = { dtype: "float32", shape: [256, 2], data } as const;
      await session.run(new Map([["x", x]]), new Map([["y", y]]));
      session.release();
      return data;
    });
    const [first, second, third] = await Promise.all(results);
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(3); // not all zero, nor all at the limit
  });

  test.runIf(hasPythonOnnx())(
    "passes onnx.checker, with strict types, and loads with its data",
    () => {
      const script = `
import json, sys, onnx
onnx.checker.check_model(sys.argv[1], full_check=True)
tensors = {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(sys.argv[1]).graph.initializer}
print(json.dumps({k: [str(v.dtype), list(v.shape), float(v.sum()), float(v.flat[-1])] for k, v in tensors.items()}))
`;
      const output = runPython(script, path);
      const loaded = JSON.parse(output) as Record<string, unknown>;
      for (const { name, dtype, shape, data } of model.initializers) {
        const numbers = Array.from(data, Number);
        const sum = numbers.reduce((a, b) => a + b, 0);
        expect(loaded[name]).toEqual([dtype, shape, sum, numbers.at(-1)]);
      }
    },
  );

  test("that cannot be written is a user's error and leaves nothing behind", async () => {
    const lost = join(folder, "no-such-folder", "model.onnx");
    await expect(writeModel(lost, model)).rejects.toThrow(UserError);
    const wrong = { ...model, initializers: [{ ...constant("w", [2, 2]), shape: [3] }] };
    await expect(writeModel(path, wrong)).rejects.toThrow("expected 3 elements");
    expect(readdirSync(folder).sort()).toEqual(["model.onnx", "model.onnx.data"]);
  });
});
