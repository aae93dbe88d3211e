/** Weights in several files behave as one. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { openWeights, writeWeights } from "./sharded-safetensors.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "shards-"))));
afterEach(() => rm(folder, { recursive: true }));

const tensors = ["a", "b", "c"].map((name, i) => {
  return { name, dtype: "F32", shape: [2, 4], data: new Float32Array(8).fill(i) } as const;
});

test("shards of a given size are written and read as one", async () => {
  await writeWeights(folder, tensors, { shardBytes: 64 });
  expect((await readdir(folder)).sort()).toEqual([
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
    "model.safetensors.index.json",
  ]);
  const index = JSON.parse(await readFile(join(folder, "model.safetensors.index.json"), "utf8"));
  expect(index).toEqual({
    metadata: { total_size: 96 },
    weight_map: {
      a: "model-00001-of-00002.safetensors",
      b: "model-00001-of-00002.safetensors",
      c: "model-00002-of-00002.safetensors",
    },
  });
  const weights = await openWeights(folder);
  expect([...weights.entries.keys()]).toEqual(["a", "b", "c"]);
  expect(await weights.readFloat32("c")).toEqual(tensors[2].data);
  expect(await weights.readBytes("b")).toEqual(new Uint8Array(tensors[1].data.buffer));
  await expect(weights.readFloat32("d")).rejects.toThrow(/expected a tensor "d"/);
  await weights.close();
});

test("what fits into one file is one file, and an older form goes", async () => {
  await writeWeights(folder, tensors, { shardBytes: 1 });
  expect(await readdir(folder)).toHaveLength(4);
  await writeWeights(folder, tensors);
  expect(await readdir(folder)).toEqual(["model.safetensors"]);
});

test.each([
  [{ a: "../elsewhere.safetensors" }, /expected names of \.safetensors files/],
  [{ a: "model.bin" }, /expected names of \.safetensors files/],
  [{ a: 3 }, /expected names/],
  [{ z: "model-00001-of-00002.safetensors" }, /expected "z" in model-00001-of-00002/],
  [{ a: "model-00007-of-00002.safetensors" }, /expected a readable file, got nothing at that path/],
  [[], /"weight_map" to be an object/],
])("an index that says %j is refused", async (map, message) => {
  await writeWeights(folder, tensors, { shardBytes: 64 });
  const index = JSON.stringify({ weight_map: map });
  await writeFile(join(folder, "model.safetensors.index.json"), index);
  const failure = openWeights(folder);
  await expect(failure).rejects.toThrow(UserError);
  await expect(failure).rejects.toThrow(message);
});
