import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { openSafetensors, writeSafetensors, type SafetensorsFile } from "./safetensors.ts";
import type { StoredTensor } from "./safetensors-header.ts";
import { surviveThousandMutations } from "./testing/hostile-files.ts";

const fixtures = join(import.meta.dirname, "../../test/fixtures");
const allDtypes = join(fixtures, "safetensors/all-dtypes.safetensors");

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "safetensors-"))));
afterAll(() => rm(folder, { recursive: true }));

async function opened<T>(path: string, use: (file: SafetensorsFile) => Promise<T>): Promise<T> {
  const file = await openSafetensors(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

async function readAll(path: string): Promise<StoredTensor[]> {
  return opened(path, async (file) => {
    const tensors = [];
    for (const name of file.entries.keys()) tensors.push(await file.read(name));
    return tensors;
  });
}

/** The bits of each number; every NaN as 0x7fc00000, since processors differ in which NaN they make. */
function bits(values: Float32Array): number[] {
  const exact = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Array.from(exact, (pattern, i) => (Number.isNaN(values[i]) ? 0x7fc00000 : pattern));
}

async function refusal(path: string): Promise<string> {
  const error = await openSafetensors(path).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
}

describe("reading", () => {
  test("every floating format widens to the bits that PyTorch gives", async () => {
    const text = await readFile(join(fixtures, "safetensors/widened.json"), "utf8");
    const widened = JSON.parse(text) as Record<string, number[]>;
    await opened(allDtypes, async (file) => {
      for (const [name, expected] of Object.entries(widened)) {
        const values = new Float32Array(new Uint32Array(expected).buffer);
        expect(bits(await file.readFloat32(name)), name).toEqual(bits(values));
      }
    });
  });

  test("GPT-2's fixture has the names, shapes, and count of parameters that transformers reports", async () => {
    const directory = join(fixtures, "models/gpt2-tiny");
    const expected = JSON.parse(await readFile(join(directory, "expected.json"), "utf8")) as {
      parameters: number;
      loss: number;
      input_ids: number[];
      gradients: Record<string, unknown>;
    };
    await opened(join(directory, "model.safetensors"), async (file) => {
      expect([...file.entries.keys()].sort()).toEqual(Object.keys(expected.gradients).sort());
      expect(file.entries.get("transformer.wte.weight")?.shape).toEqual([256, 48]);
      const sizes = [...file.entries.values()].map(({ sizeBytes }) => sizeBytes / 4);
      expect(sizes.reduce((a, b) => a + b)).toBe(expected.parameters);
      expect(file.metadata).toEqual({ format: "pt" });
    });
    await opened(join(directory, "expected.safetensors"), async (file) => {
      const loss = crossEntropyOf(await file.readFloat32("logits"), expected.input_ids);
      expect(loss).toBeCloseTo(expected.loss, 5); // float32 logits of size ~1: rounding is below 1e-6
    });
  });

  test("a tensor can be read into memory that threads share", async () => {
    await opened(allDtypes, async (file) => {
      const shared = new Float32Array(new SharedArrayBuffer(24));
      expect(await file.readFloat32("single", shared)).toBe(shared);
      expect(bits(shared)).toEqual(bits(await file.readFloat32("single")));
    });
  });

  test("an unknown name, a dtype without fractions, and a target of another length are refused", async () => {
    await opened(allDtypes, async (file) => {
      await expect(file.readFloat32("nothing")).rejects.toThrow(/expected a tensor "nothing"/);
      await expect(file.readFloat32("long")).rejects.toThrow(/"long", got I64/);
      const short = new Float32Array(2);
      await expect(file.readFloat32("single", short)).rejects.toThrow(/got 6, shape \(1, 2, 3\)/);
    });
  });

  test("what is no file is refused, a missing one too", async () => {
    expect(await refusal(join(folder, "missing"))).toMatch(/missing: .*got nothing at that path/);
    expect(await refusal(folder)).toMatch(/got a folder/);
  });

  test("a file cut short at any length is refused with its name", async () => {
    const path = join(folder, "cut.safetensors");
    const { length } = await readFile(allDtypes);
    for (const cut of [0, 1, 7, 8, 9, 10, 100, 500, 1000, 2000, length - 1]) {
      await cp(allDtypes, path);
      await truncate(path, cut);
      expect(await refusal(path)).toContain(path);
    }
  });

  test("a file cut short after it was opened is refused at the read", async () => {
    const path = join(folder, "cut-later.safetensors");
    await cp(allDtypes, path);
    await opened(path, async (file) => {
      await truncate(path, 1200);
      await expect(file.read("bool")).rejects.toThrow(UserError);
    });
  });
});

/** Mean of -log softmax(logits[t])[ids[t + 1]]. */
function crossEntropyOf(logits: Float32Array, ids: readonly number[]): number {
  const V = logits.length / ids.length;
  const losses = ids.slice(1).map((next, t) => {
    const row = [...logits.subarray(t * V, (t + 1) * V)];
    return Math.log(row.reduce((total, x) => total + Math.exp(x), 0)) - row[next];
  });
  return losses.reduce((a, b) => a + b) / losses.length;
}

describe("hostile headers", () => {
  interface Mutations {
    readonly base: string;
    readonly dataBytes: number;
    readonly cases: readonly {
      edits: ([number, number, string] | "length")[];
      accepted: boolean;
    }[];
  }

  test("300 damaged headers get the verdict of the format's own library", async () => {
    const text = await readFile(join(fixtures, "safetensors/mutations.json"), "utf8");
    const { base, dataBytes, cases } = JSON.parse(text) as Mutations;
    const path = join(folder, "mutated.safetensors");
    for (const { edits, accepted } of cases) {
      let bytes = Buffer.from(base, "hex");
      for (const edit of edits) {
        if (edit === "length") {
          bytes.writeBigUInt64LE(BigInt(bytes.length - dataBytes - 8));
        } else {
          const [at, removed, inserted] = edit;
          const rest = bytes.subarray(at + removed);
          bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(inserted, "hex"), rest]);
        }
      }
      await writeFile(path, bytes);
      if (accepted) expect(await readAll(path), JSON.stringify(edits)).toHaveLength(2);
      else expect(await refusal(path), JSON.stringify(edits)).toContain(path);
    }
  });

  const f32 = (begin: number, end: number, shape: unknown = [(end - begin) / 4]) => ({
    dtype: "F32",
    shape,
    data_offsets: [begin, end],
  });
  test.each<[string, unknown, RegExp]>([
    ["overlap", { a: f32(0, 8), b: f32(4, 12) }, /"b" to begin at byte 8/],
    ["leave a hole", { a: f32(0, 4), b: f32(8, 12) }, /"b" to begin at byte 4/],
    ["begin late", { a: f32(4, 12) }, /"a" to begin at byte 0/],
    ["run past the end", { a: f32(0, 16) }, /expected 16 bytes of data, got 12/],
    ["leave bytes over", { a: f32(0, 8) }, /expected 8 bytes of data, got 12/],
    ["contradict their shape", { a: f32(0, 12, [2]) }, /expected 8 bytes for "a"/],
    ["claim petabytes", { a: f32(0, 2 ** 52, [2 ** 50]) }, /bytes of data, got 12/],
    ["overflow", { a: f32(0, 12, [2 ** 52, 2 ** 52, 2 ** 52]) }, /bytes for "a"/],
    ["have a negative length", { a: f32(0, 12, [-3]) }, /a shape for "a"/],
    ["have half a length", { a: f32(0, 12, [1.5, 2]) }, /a shape for "a"/],
    ["end before they begin", { a: { ...f32(0, 12), data_offsets: [12, 0] } }, /data_offsets/],
    ["have an unknown dtype", { a: { ...f32(0, 12), dtype: "toString" } }, /dtype of "a"/],
    ["are no objects", { a: 3 }, /an object for tensor "a"/],
    ["nest deeply", { a: [[[[]]]] }, /nested deeper/],
    ["are a list", [f32(0, 12)], /a JSON object as header/],
    ["have a number as metadata", { __metadata__: { a: 1 }, a: f32(0, 12) }, /__metadata__/],
  ])("tensors that %s are refused", async (_, header, reason) => {
    expect(await refusal(await fileWith(JSON.stringify(header)))).toMatch(reason);
  });

  test("a name that occurs twice, however it is spelled, is refused", async () => {
    const one = JSON.stringify(f32(0, 12));
    expect(await refusal(await fileWith(`{"a":${one},"\\u0061" :${one}}`))).toMatch(/"a" twice/);
  });

  test("a header longer than the file is refused before memory is taken for it", async () => {
    const path = join(folder, "long.safetensors");
    await writeFile(
      path,
      Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 0, 0x40]), Buffer.alloc(20)]),
    );
    expect(await refusal(path)).toMatch(/a header of at most 20 bytes/);
  });

  test("a header that JSON.parse takes but names __proto__ is an ordinary tensor", async () => {
    const path = await fileWith(`{"__proto__":${JSON.stringify(f32(0, 12))}}`);
    expect((await readAll(path)).map(({ name }) => name)).toEqual(["__proto__"]);
  });

  async function fileWith(json: string): Promise<string> {
    const path = join(folder, "hostile.safetensors");
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64LE(BigInt(Buffer.byteLength(json)));
    await writeFile(path, Buffer.concat([prefix, Buffer.from(json), Buffer.alloc(12)]));
    return path;
  }
});

test("1,000 mutations neither crash nor take memory", async () => {
  const path = join(folder, "fuzzed.safetensors");
  const good = await readFile(allDtypes);
  const { refused } = await surviveThousandMutations({
    ...{ path, good, headerBytes: 8 + Number(good.readBigUInt64LE()) },
    read: () => readAll(path),
  });
  expect(refused).toBeGreaterThan(500);
});

describe("writing", () => {
  test("the same tensors give the very bytes that the format's own library writes", async () => {
    const path = join(folder, "same.safetensors");
    const summary = await writeSafetensors(path, await readAll(allDtypes), { format: "pt" });
    const expected = await readFile(allDtypes);
    expect((await readFile(path)).equals(expected)).toBe(true);
    expect(summary.sizeBytes).toBe(expected.length);
  });

  test("any tensors come back as they were, aligned to their element size", async () => {
    const path = join(folder, "any.safetensors");
    const shape = fc.array(fc.nat(3), { maxLength: 3 });
    const dtype = fc.constantFrom("F32" as const, "F16" as const, "U8" as const, "F64" as const);
    const tensor = fc.record({ name: fc.string(), dtype, shape });
    const tensors = fc.uniqueArray(tensor, { selector: ({ name }) => name });
    const bytesOf = { F64: 8, F32: 4, F16: 2, U8: 1 };
    await fc.assert(
      fc.asyncProperty(tensors, fc.integer(), async (described, seed) => {
        const stored = described.map(({ name, dtype, shape }, index): StoredTensor => {
          const size = shape.reduce((a, b) => a * b, bytesOf[dtype]);
          return { name, dtype, shape, data: new Uint8Array(size).fill(seed + index) };
        });
        await writeSafetensors(path, stored);
        const byName = (a: StoredTensor, b: StoredTensor) => (a.name < b.name ? -1 : 1);
        expect((await readAll(path)).sort(byName)).toEqual(stored.sort(byName));
        await opened(path, async ({ entries }) => {
          for (const { start, dtype } of entries.values()) {
            expect(start % bytesOf[dtype as keyof typeof bytesOf]).toBe(0);
          }
        });
      }),
      { numRuns: 50, seed: 2 },
    );
  });

  test("data in shared memory and larger than one chunk arrives whole", async () => {
    const path = join(folder, "shared.safetensors");
    const length = 1_600_000; // 6.4 MB
    const data = new Float32Array(new SharedArrayBuffer(64 + 4 * length), 64);
    for (let i = 0; i < length; i++) data[i] = i;
    await writeSafetensors(path, [{ name: "x", dtype: "F32", shape: [length], data }]);
    const read = await opened(path, (file) => file.readFloat32("x"));
    expect(read.every((value, i) => value === i)).toBe(true);
  });

  test("a name twice, a reserved name, and data of another size are refused", async () => {
    const tensor = { name: "a", dtype: "F32", shape: [1], data: new Float32Array(1) } as const;
    const write = (...tensors: StoredTensor[]) => writeSafetensors(join(folder, "no"), tensors);
    await expect(write(tensor, tensor)).rejects.toThrow(/"a" again/);
    await expect(write({ ...tensor, name: "__metadata__" })).rejects.toThrow(UserError);
    await expect(write({ ...tensor, shape: [2, 3] })).rejects.toThrow(/expected 24 bytes for "a"/);
    expect(await readdir(folder)).not.toContain("no");
  });

  test("a place that cannot be written is named and nothing is left behind", async () => {
    const before = await readdir(folder);
    const tensor = { name: "a", dtype: "U8", shape: [1], data: new Uint8Array(1) } as const;
    await expect(writeSafetensors(join(folder, "none/x"), [tensor])).rejects.toThrow(
      /none\/x: .*got nothing at that path/,
    );
    await expect(writeSafetensors(folder, [tensor])).rejects.toThrow(UserError);
    expect(await readdir(folder)).toEqual(before);
  });
});
