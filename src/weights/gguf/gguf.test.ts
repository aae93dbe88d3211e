/** GGUF against files that the format's own Python package wrote. */
import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import { surviveThousandMutations } from "../testing/hostile-files.ts";
import { blockFormats, type GgmlType, type WritableGgmlType } from "./ggml-types.ts";
import { openGguf, type GgufFile } from "./gguf-file.ts";
import { encodeTensor, writeGguf } from "./write-gguf.ts";

const fixture = join(import.meta.dirname, "../../../test/fixtures/gguf/formats.gguf");

let folder: string;
let file: GgufFile;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gguf-"));
  file = await openGguf(fixture);
});
afterAll(async () => {
  await file.close();
  await rm(folder, { recursive: true });
});

/** Bits, so that −0 and 0 differ. */
const bits = (values: Float32Array) => new Uint32Array(values.buffer.slice(0));

const quantized = ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"] as const;
const readOnly = ["Q4_K", "Q5_K", "Q6_K"] as const;

describe("reading", () => {
  test.each([...quantized, ...readOnly])("%s means what ggml says", async (type: GgmlType) => {
    expect(file.entries.get(type)?.dtype).toBe(type);
    const expected = await file.readFloat32(`${type}.expected`);
    expect(bits(await file.readFloat32(type))).toEqual(bits(expected));
  });

  test("float64 is rounded", async () => {
    const expected = Float32Array.of(0.1, -Infinity, 0, 3);
    expect(await file.readFloat32("double")).toEqual(expected);
  });

  test("shapes come rows first", () => {
    expect(file.entries.get("cube")?.shape).toEqual([2, 3, 4]);
    expect(file.entries.get("Q8_0")?.shape).toEqual([8, 256]);
  });

  test("metadata of every type", () => {
    const found = Object.fromEntries([...file.metadata].map(([key, { value }]) => [key, value]));
    expect(found).toEqual({
      "general.architecture": "test",
      uint8: 200,
      int8: -100,
      uint16: 60000,
      int16: -30000,
      uint32: 4_000_000_000,
      int32: -2_000_000_000,
      float32: Math.fround(0.1),
      uint64: 2 ** 53 - 1,
      int64: -(2 ** 53) + 1,
      float64: 0.1,
      bool: 1,
      string: "Ġ文 \n",
      strings: ["a", "", "文"],
      floats: Float32Array.of(0.5, -2),
      ints: Int32Array.of(1, -2, 3),
      bytes: Uint8Array.of(1, 255),
    });
  });

  test("a name that is not there, and an array that does not fit, are named", async () => {
    await expect(file.readFloat32("none")).rejects.toThrow(/expected a tensor "none"/);
    const wrong = file.readFloat32("cube", new Float32Array(3));
    await expect(wrong).rejects.toThrow(/expected 3 numbers in "cube", got 24/);
  });
});

describe("writing", () => {
  const written = ["F32", "F16", "BF16", "Q8_0", "Q4_0"] as const satisfies WritableGgmlType[];

  test.each(written)("%s is rounded as ggml rounds", async (type) => {
    const input = await file.readFloat32("input");
    const expected = await file.readBytes(type === "F32" ? "input" : type);
    expect(await encodeTensor(input, type)).toEqual(expected);
  });

  test("a file has the very bytes that the Python package writes", async () => {
    const names = ["input", "scalar-like", "cube", "F16", "BF16", "Q8_0", "Q4_0"];
    const tensors = names.map((name) => ({
      name,
      shape: file.entries.get(name)!.shape,
      dtype: file.entries.get(name)!.dtype as WritableGgmlType,
      values: () => file.readFloat32(name in blockFormats ? "input" : name),
    }));
    const path = join(folder, "same.gguf");
    await writeGguf(path, file.metadata, tensors);
    const again = await openGguf(path);
    expect(again.metadata).toEqual(file.metadata);
    for (const name of names) {
      expect(again.entries.get(name)?.shape).toEqual(file.entries.get(name)?.shape);
      expect(await again.readBytes(name), name).toEqual(await file.readBytes(name));
    }
    await again.close();
    // Up to the number of tensors, of which we write fewer, and from there on to the end of the metadata.
    const [ours, theirs] = [await readFile(path), await readFile(fixture)];
    const end = theirs.indexOf("input") - 8;
    expect(ours.subarray(0, 8)).toEqual(theirs.subarray(0, 8));
    expect(ours.subarray(16, end)).toEqual(theirs.subarray(16, end));
  });

  test("a row that is no multiple of the block is refused", async () => {
    const values = () => new Float32Array(40);
    const tensor = { name: "x", shape: [1, 40], dtype: "Q8_0", values } as const;
    const failure = writeGguf(join(folder, "no.gguf"), new Map(), [tensor]);
    await expect(failure).rejects.toThrow(/rows of "x" to be a multiple of 32.*got 40/);
  });
});

describe("damaged files", () => {
  const refusal = async (bytes: Uint8Array) => {
    const path = join(folder, "hostile.gguf");
    await writeFile(path, bytes);
    const error: unknown = await openGguf(path).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  };
  const changed = async (at: number, ...bytes: number[]) => {
    const copy = Uint8Array.from(await readFile(fixture));
    copy.set(bytes, at);
    return copy;
  };

  test("another kind of file, an old version and a big-endian file are told apart", async () => {
    expect(await refusal(await changed(0, 0x50))).toMatch(/expected a GGUF file, got another kind/);
    expect(await refusal(await changed(4, 1))).toMatch(/version 2 or 3, got version 1/);
    expect(await refusal(await changed(4, 0, 0, 0, 3))).toMatch(/got a big-endian file/);
    expect(await refusal(new Uint8Array(3))).toMatch(/expected 4 bytes at byte 0, got 3/);
  });

  test("absurd counts are refused", async () => {
    const absurd = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    expect(await refusal(await changed(8, ...absurd))).toMatch(/expected at most \d+ tensors/);
    expect(await refusal(await changed(16, ...absurd))).toMatch(/at most \d+ metadata entries/);
    expect(await refusal(await changed(24, ...absurd))).toMatch(/at most \d+ bytes of text/);
  });

  test("one that was cut short says where", async () => {
    const path = join(folder, "short.gguf");
    await writeFile(path, await readFile(fixture));
    await truncate(path, 50_000);
    await expect(openGguf(path)).rejects.toThrow(/expected data up to byte \d+, for ".+", got/);
  });

  test("1,000 mutations of the header neither crash nor take memory", async () => {
    const path = join(folder, "fuzzed.gguf");
    const good = await readFile(fixture);
    const read = async () => {
      const opened = await openGguf(path);
      try {
        for (const name of opened.entries.keys()) await opened.readBytes(name);
      } finally {
        await opened.close();
      }
    };
    // Only the header and a little data, so that writing 1,000 files is quick.
    const { refused } = await surviveThousandMutations({ path, good, headerBytes: 2200, read });
    expect(refused).toBeGreaterThan(500);
  });
});
