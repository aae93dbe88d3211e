import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TensorData, TensorValue } from "./element-type.ts";
import { encodeForSession, encodeModel, externalInitializers } from "./model.ts";
import type { OnnxInitializer, OnnxModel } from "./model.ts";
import { NodeSession } from "./session-node.ts";
import type { SessionOptions } from "./session-options.ts";

/** The part of WebAssembly used here; the types of Node 20 leave it out. */
declare const WebAssembly: {
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared?: boolean }) => {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  };
};

type Float32Tensor = TensorValue & { readonly data: Float32Array };

function float32(shape: number[], data?: ArrayLike<number> | Float32Array): Float32Tensor {
  const count = shape.reduce((a, b) => a * b, 1);
  const array =
    data instanceof Float32Array ? data : Float32Array.from(data ?? Array(count).fill(0));
  return { dtype: "float32", shape, data: array };
}

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
const a = float32([2, 3], [1, 2, 3, 4, 5, 6]);
const b = float32([3, 2], [1, 0, 0, 1, 1, 1]);
const c = float32([2], [10, 20]);
const y = [14, 25, 20, 31]; // by hand: [1, 2, 3] @ b = [4, 5], [4, 5, 6] @ b = [10, 11]

const gemmInputs = (changes: Record<string, TensorValue> = {}): Map<string, TensorValue> =>
  new Map(Object.entries({ a, b, c, ...changes }));

/** Three products of square matrices, long enough for other work to happen beside them. */
function slowModel(size: number): OnnxModel {
  const multiply = (input: string, output: string) => ({
    opType: "MatMul",
    inputs: [input, "x"],
    outputs: [output],
  });
  return {
    nodes: [multiply("x", "x2"), multiply("x2", "x3"), multiply("x3", "y")],
    inputs: [{ name: "x", dtype: "float32", shape: [size, size] }],
    outputs: [{ name: "y", dtype: "float32", shape: [size, size] }],
    initializers: [],
  };
}

async function withSession<T>(
  model: OnnxModel,
  options: SessionOptions,
  use: (session: NodeSession) => Promise<T>,
): Promise<T> {
  const externals = { initializers: externalInitializers(model) };
  const session = await NodeSession.create(encodeForSession(model), { ...externals, ...options });
  try {
    return await use(session);
  } finally {
    session.release();
  }
}

/** Runs the Gemm with its tensors in the memory that `place` gives. */
async function gemmIn(place: (bytes: number) => [ArrayBufferLike, number]): Promise<number[]> {
  const moved = (tensor: Float32Tensor): Float32Tensor => {
    const [buffer, offset] = place(tensor.data.byteLength);
    const data = new Float32Array(buffer, offset, tensor.data.length);
    data.set(tensor.data);
    return float32([...tensor.shape], data);
  };
  const output = moved(float32([2, 2]));
  const inputs = gemmInputs({ a: moved(a), b: moved(b), c: moved(c) });
  await withSession(gemm, {}, (session) => session.run(inputs, new Map([["y", output]])));
  return [...output.data];
}

describe("a run", () => {
  test("computes into the caller's array", () =>
    withSession(gemm, { threads: 1 }, async (session) => {
      expect(session.inputNames).toEqual(["a", "b", "c"]);
      expect(session.outputNames).toEqual(["y"]);
      expect(session.cpuFallbacks).toEqual([]);
      const output = float32([2, 2]);
      await session.run(gemmInputs(), new Map([["y", output]]));
      expect([...output.data]).toEqual(y);
    }));

  test("sees what changed in its arrays, other arrays, and another size of a named dimension", () =>
    withSession(gemm, {}, async (session) => {
      const one = float32([1, 3], [1, 2, 3]);
      const output = float32([1, 2]);
      const outputs = new Map([["y", output]]);
      await session.run(gemmInputs({ a: one }), outputs);
      expect([...output.data]).toEqual([14, 25]);
      one.data.fill(0);
      await session.run(gemmInputs({ a: one }), outputs);
      expect([...output.data]).toEqual([10, 20]);
      const more = float32([2, 2]);
      await session.run(gemmInputs(), new Map([["y", more]]));
      expect([...more.data]).toEqual(y);
    }));

  test("leaves the event loop free", () =>
    withSession(slowModel(1200), { threads: 1 }, async (session) => {
      let turns = 0;
      const timer = setInterval(() => turns++, 1);
      await session.run(
        new Map([["x", float32([1200, 1200])]]),
        new Map([["y", float32([1200, 1200])]]),
      );
      clearInterval(timer);
      expect(turns).toBeGreaterThan(2); // a call on the main thread gives none
    }));

  test("works in shared memory, in WebAssembly memory, and in both at once", async () => {
    expect(await gemmIn((bytes) => [new SharedArrayBuffer(bytes), 0])).toEqual(y);
    for (const shared of [false, true]) {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared });
      let end = 8;
      const place = (bytes: number): [ArrayBufferLike, number] => {
        end += bytes;
        return [memory.buffer, end - bytes];
      };
      expect(await gemmIn(place)).toEqual(y);
    }
  });

  test("follows a WebAssembly memory that grew", () =>
    withSession(gemm, {}, async (session) => {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 4 });
      for (const expected of [y, y.map((value) => value + 1)]) {
        const bias = new Float32Array(memory.buffer, 0, 2);
        bias.set(expected === y ? [10, 20] : [11, 21]);
        const output = float32([2, 2], new Float32Array(memory.buffer, 64, 4));
        await session.run(gemmInputs({ c: float32([2], bias) }), new Map([["y", output]]));
        expect([...output.data]).toEqual(expected);
        memory.grow(1); // detaches the views
      }
    }));

  test("may overlap others, of the same and of another session", () =>
    withSession(gemm, {}, (first) =>
      withSession(gemm, {}, async (second) => {
        const runs = Array.from({ length: 40 }, async (_, index) => {
          const output = float32([2, 2]);
          const bias = float32([2], [index, index]);
          await (index % 2 === 0 ? first : second).run(
            gemmInputs({ c: bias }),
            new Map([["y", output]]),
          );
          return [...output.data];
        });
        for (const [index, got] of (await Promise.all(runs)).entries()) {
          expect(got).toEqual([4, 5, 10, 11].map((value) => value + index));
        }
      }),
    ));

  test("takes tensors without elements and every dtype", async () => {
    const dtypes: [TensorValue["dtype"], new (length: number) => TensorData][] = [
      ["float32", Float32Array],
      ["float64", Float64Array],
      ["float16", Uint16Array],
      ["int64", BigInt64Array],
      ["int32", Int32Array],
      ["int8", Int8Array],
      ["uint8", Uint8Array],
      ["bool", Uint8Array],
    ];
    for (const [dtype, array] of dtypes) {
      const model: OnnxModel = {
        nodes: [{ opType: "Identity", inputs: ["x"], outputs: ["y"] }],
        inputs: [{ name: "x", dtype, shape: ["n"] }],
        outputs: [{ name: "y", dtype, shape: ["n"] }],
        initializers: [],
      };
      await withSession(model, {}, async (session) => {
        for (const length of [3, 0]) {
          const data = new array(length);
          if (length > 0) data[1] = (dtype === "int64" ? 1n : 1) as never;
          const output = { dtype, shape: [length], data: new array(length) };
          await session.run(
            new Map([["x", { dtype, shape: [length], data }]]),
            new Map([["y", output]]),
          );
          expect(output.data).toEqual(data);
        }
      });
    }
  });
});

test("a profile is written when the session is released", async () => {
  const folder = mkdtempSync(join(tmpdir(), "scratchlm-"));
  try {
    await withSession(gemm, { profile: join(folder, "profile") }, (session) =>
      session.run(gemmInputs(), new Map([["y", float32([2, 2])]])),
    );
    const [file] = readdirSync(folder);
    const events = JSON.parse(readFileSync(join(folder, file), "utf8")) as { args: object }[];
    expect(events.map(({ args }) => args)).toContainEqual(
      expect.objectContaining({ op_name: "Gemm", provider: "CPUExecutionProvider" }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("what does not fit is refused before it reaches native code", () => {
  const output = float32([2, 2]);
  const cases: [string, Record<string, TensorValue>, Record<string, TensorValue>, RegExp][] = [
    [
      "an array too short",
      { a: float32([2, 3], [1, 2]) },
      { y: output },
      /input "a": expected 6 elements for shape \(2, 3\), got 2/,
    ],
    [
      "an output too long",
      {},
      { y: float32([2, 2], [1, 2, 3, 4, 5]) },
      /output "y": expected 4 el/,
    ],
    [
      "another dtype",
      { a: { dtype: "int32", shape: [2, 3], data: new Int32Array(6) } },
      { y: output },
      /input "a": expected float32, got int32/,
    ],
    [
      "the array of another dtype",
      { a: { ...a, data: new Int32Array(6) } },
      { y: output },
      /expected Float32Array for float32, got Int32Array/,
    ],
    ["no array", { a: { ...a, data: [1] as never } }, { y: output }, /got object/],
    ["a negative dimension", { a: { ...a, shape: [-2, -3] } }, { y: output }, /whole numbers/],
    ["an unknown input", { extra: a }, { y: output }, /among a, b, c; got "extra"/],
    ["an unknown output", {}, { z: output }, /among y; got "z"/],
    ["no output", {}, {}, /expected outputs/],
  ];
  test.each(cases)("%s", (_, inputs, outputs, message) =>
    withSession(gemm, {}, async (session) => {
      const run = session.run(gemmInputs(inputs), new Map(Object.entries(outputs)));
      await expect(run).rejects.toThrow(message);
      await session.run(gemmInputs(), new Map([["y", output]]));
      expect([...output.data]).toEqual(y); // and the session still works
    }),
  );

  test("a missing input", () =>
    withSession(gemm, {}, async (session) => {
      const run = session.run(new Map([["a", a]]), new Map([["y", output]]));
      await expect(run).rejects.toThrow('expected a value for input "b"');
    }));

  test("a detached array", () =>
    withSession(gemm, {}, async (session) => {
      const data = Float32Array.from([10, 20]);
      const inputs = gemmInputs({ c: float32([2], data) });
      await session.run(inputs, new Map([["y", output]]));
      structuredClone(data.buffer, { transfer: [data.buffer] });
      const run = session.run(inputs, new Map([["y", output]]));
      await expect(run).rejects.toThrow("expected 2 elements for shape (2), got 0");
    }));

  test("a released session, though a run under way when it was released still ends", async () => {
    const session = await NodeSession.create(encodeModel(gemm));
    const result = float32([2, 2]);
    const run = session.run(gemmInputs(), new Map([["y", result]]));
    session.release();
    session.release();
    await run;
    expect([...result.data]).toEqual(y);
    const after = session.run(gemmInputs(), new Map([["y", result]]));
    await expect(after).rejects.toThrow("got a released one");
  });
});

test("a prepared run that is released ends if it is under way, and cannot be repeated", () =>
  withSession(gemm, {}, async (session) => {
    const result = float32([2, 2]);
    const prepared = session.prepare(gemmInputs(), new Map([["y", result]]));
    const run = prepared.run();
    prepared.release();
    prepared.release();
    await run;
    expect([...result.data]).toEqual(y);
    await expect(prepared.run()).rejects.toThrow("got released memory");
  }));

test("a session is released with its prepared runs, in any order", async () => {
  const session = await NodeSession.create(encodeModel(gemm));
  const result = float32([2, 2]);
  const prepared = session.prepare(gemmInputs(), new Map([["y", result]]));
  await prepared.run();
  session.release();
  await expect(prepared.run()).rejects.toThrow("got a released one");
  prepared.release();
});

describe("what ONNX Runtime refuses is an error with its message", () => {
  test("an output of another shape than computed, with as many elements or not", () =>
    withSession(gemm, {}, async (session) => {
      for (const shape of [[4, 1], [1, 2], [4]]) {
        const run = session.run(gemmInputs(), new Map([["y", float32(shape)]]));
        await expect(run).rejects.toThrow(/onnx runtime: .*y/s);
      }
    }));

  test("an input of another rank or size", () =>
    withSession(gemm, {}, async (session) => {
      const run = session.run(gemmInputs({ b: float32([6]) }), new Map([["y", float32([2, 2])]]));
      await expect(run).rejects.toThrow(/onnx runtime: .*Invalid rank for input: b/s);
    }));

  test("an operation that fails", () => {
    const gather: OnnxModel = {
      nodes: [{ opType: "Gather", inputs: ["table", "ids"], outputs: ["y"] }],
      inputs: [
        { name: "table", dtype: "float32", shape: [2, 2] },
        { name: "ids", dtype: "int32", shape: [1] },
      ],
      outputs: [{ name: "y", dtype: "float32", shape: [1, 2] }],
      initializers: [],
    };
    return withSession(gather, {}, async (session) => {
      const ids = { dtype: "int32", shape: [1], data: Int32Array.of(7) } as const;
      const inputs = new Map<string, TensorValue>([["table", float32([2, 2])]]).set("ids", ids);
      const run = session.run(inputs, new Map([["y", float32([1, 2])]]));
      await expect(run).rejects.toThrow(/onnx runtime: .*Gather.*7/s);
    });
  });

  test("a model of garbage, cut short, or empty", async () => {
    const model = encodeModel(gemm);
    const garbage = Uint8Array.from({ length: 1000 }, (_, index) => (index * 7919) % 251);
    for (const bytes of [garbage, model.slice(0, model.length / 2), new Uint8Array(0)]) {
      await expect(NodeSession.create(bytes)).rejects.toThrow("onnx runtime: ");
    }
  });

  test("a model with any byte changed never crashes", async () => {
    const model = encodeModel(gemm);
    let failures = 0;
    for (let index = 0; index < model.length; index += 3) {
      const changed = model.slice();
      changed[index] ^= 0x15;
      const session = await NodeSession.create(changed, { threads: 1 }).catch(() => failures++);
      if (typeof session !== "number") session.release();
    }
    expect(failures).toBeGreaterThan(0);
  });

  test("a number of threads that makes no sense", async () => {
    const session = NodeSession.create(encodeModel(gemm), { threads: 0 });
    await expect(session).rejects.toThrow("whole number from 1");
  });
});

describe("initializers", () => {
  const size = 256; // 256 kB, over the threshold
  const weight: OnnxInitializer = {
    name: "w",
    dtype: "float32",
    shape: [size, size],
    data: Float32Array.from({ length: size * size }, (_, index) => (index % (size + 1) ? 0 : 2)),
  };
  const double: OnnxModel = {
    nodes: [{ opType: "MatMul", inputs: ["x", "w"], outputs: ["y"] }],
    inputs: [{ name: "x", dtype: "float32", shape: [1, size] }],
    outputs: [{ name: "y", dtype: "float32", shape: [1, size] }],
    initializers: [weight],
  };
  const x = float32(
    [1, size],
    Float32Array.from({ length: size }, (_, index) => index),
  );

  test("from 64 KiB stay outside the model, and the session takes them from memory", () => {
    expect(encodeForSession(double).length).toBeLessThan(1000);
    return withSession(double, {}, async (session) => {
      const output = float32([1, size]);
      await session.run(new Map([["x", x]]), new Map([["y", output]]));
      expect(output.data).toEqual(x.data.map((value) => 2 * value));
    });
  });

  test.each(["MatMul", "Gather"])("are copied while loading, whether %s packs them", (opType) => {
    const data = Float32Array.from(weight.data as Float32Array);
    const isPacked = opType === "MatMul";
    const model: OnnxModel = {
      nodes: [{ opType, inputs: isPacked ? ["x", "w"] : ["w", "row"], outputs: ["y"] }],
      inputs: [
        { name: "x", dtype: "float32", shape: [1, size] },
        { name: "row", dtype: "int32", shape: [1] },
      ],
      outputs: double.outputs,
      initializers: [{ ...weight, data }],
    };
    return withSession(model, {}, async (session) => {
      data.fill(0);
      expect(session.inputNames).toEqual(["x", "row"]);
      const output = float32([1, size]);
      const row: TensorValue = { dtype: "int32", shape: [1], data: Int32Array.of(3) };
      const inputs = new Map([
        ["x", x],
        ["row", row],
      ]);
      await session.run(inputs, new Map([["y", output]]));
      const expected = isPacked
        ? x.data.map((value) => 2 * value)
        : weight.data.subarray(3 * size, 4 * size);
      expect(output.data).toEqual(expected);
    });
  });

  test("come in pieces, each asked for when the one before has been copied", async () => {
    const asked: string[] = [];
    const half = (weight.data.length / 2) | 0;
    const pieces = function* () {
      for (const start of [0, half]) {
        asked.push(`from ${start}`);
        yield weight.data.subarray(start, start + half);
      }
    };
    const initializers = function* () {
      yield ["w", { ...weight, pieces }] as const;
      asked.push("end");
    };
    await withSession(double, { initializers: initializers() }, async (session) => {
      expect(asked).toEqual(["from 0", `from ${half}`, "end"]);
      const output = float32([1, size]);
      await session.run(new Map([["x", x]]), new Map([["y", output]]));
      expect(output.data).toEqual(x.data.map((value) => 2 * value));
    });
  });

  test("that are too short or too long, or of another model, are an error", async () => {
    const model = encodeForSession(double);
    const data = weight.data as Float32Array;
    for (const wrong of [data.slice(1), new Float32Array(65537)]) {
      const initializers = new Map([["w", { ...weight, data: wrong }]]);
      await expect(NodeSession.create(model, { initializers })).rejects.toThrow(
        `initializer "w": expected 65536 elements for shape (256, 256), got ${wrong.length}`,
      );
    }
    const initializers = new Map([["v", weight]]);
    await expect(NodeSession.create(model, { initializers })).rejects.toThrow(
      `expected initializers among the model's, got "v"`,
    );
  });

  test("of another shape than the model's are an error", async () => {
    const initializers = new Map([["w", { ...weight, shape: [size / 2, 2 * size] }]]);
    const session = NodeSession.create(encodeForSession(double), { initializers });
    await expect(session).rejects.toThrow("onnx runtime: ");
  });
});

// ScatterND with reduction="add" is never used: on two threads it loses updates to repeated indices.
test("ScatterElements adds rows with many duplicates exactly, 40 times on 2 threads", () => {
  const [rows, width, tableRows] = [2048, 16, 50];
  const scatter: OnnxModel = {
    nodes: [
      {
        opType: "ScatterElements",
        inputs: ["zeros", "ids", "rows"],
        outputs: ["table"],
        attributes: { axis: { int: 0 }, reduction: { string: "add" } },
      },
    ],
    inputs: [
      { name: "zeros", dtype: "float32", shape: [tableRows, width] },
      { name: "ids", dtype: "int32", shape: [rows, width] },
      { name: "rows", dtype: "float32", shape: [rows, width] },
    ],
    outputs: [{ name: "table", dtype: "float32", shape: [tableRows, width] }],
    initializers: [],
  };
  const ids = new Int32Array(rows * width);
  const values = new Float32Array(rows * width);
  const expected = new Float32Array(tableRows * width);
  for (let row = 0; row < rows; row++) {
    const id = Math.floor(((row * 0.61803) % 1) ** 4 * tableRows); // skewed: every third row is id 0
    for (let column = 0; column < width; column++) {
      const value = (row + column) % 7; // whole numbers: their float32 sum is exact in any order
      ids[row * width + column] = id;
      values[row * width + column] = value;
      expected[id * width + column] += value;
    }
  }
  return withSession(scatter, { threads: 2 }, async (session) => {
    const inputs = new Map<string, TensorValue>([
      ["zeros", float32([tableRows, width])],
      ["ids", { dtype: "int32", shape: [rows, width], data: ids }],
      ["rows", float32([rows, width], values)],
    ]);
    for (let attempt = 0; attempt < 40; attempt++) {
      const table = float32([tableRows, width]);
      await session.run(inputs, new Map([["table", table]]));
      expect(table.data).toEqual(expected);
    }
  });
});
