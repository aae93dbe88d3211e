/** OpenAI's GPT-2 in TensorFlow's format. The checkpoint is written here, byte by byte, from the published descriptions of the formats. */
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import { surviveThousandMutations } from "../testing/hostile-files.ts";
import { Malformed } from "./byte-cursor.ts";
import { openTensorflowGpt2 } from "./open-tensorflow-gpt2.ts";
import { decompressSnappy } from "./snappy.ts";
import { checkpointFiles } from "./testing/checkpoint-files.ts";

let folder: string;
const sizes = { n_vocab: 5, n_ctx: 4, n_embd: 2, n_head: 1, n_layer: 1 };
const variables = new Map([
  ["model/wte", { shape: [5, 2], values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }],
  ["model/wpe", { shape: [4, 2], values: [1, 1, 2, 2, 3, 3, 4, 4] }],
  ["model/h0/ln_1/g", { shape: [2], values: [0.5, 1.5] }],
  ["model/h0/attn/c_attn/w", { shape: [1, 2, 6], values: Array.from({ length: 12 }, (_, i) => i) }],
  ["model/h0/attn/c_attn/b", { shape: [6], values: [6, 5, 4, 3, 2, 1] }],
  ["model/h0/mlp/c_proj/w", { shape: [1, 8, 2], values: Array.from({ length: 16 }, (_, i) => -i) }],
  ["model/ln_f/b", { shape: [2], values: [-1, -2] }],
  ["global_step", { shape: [], values: [3] }],
]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tensorflow-"));
  await writeFile(join(folder, "hparams.json"), JSON.stringify(sizes));
  await writeFile(join(folder, "checkpoint"), 'model_checkpoint_path: "model.ckpt"\n');
  await writeFile(
    join(folder, "encoder.json"),
    JSON.stringify({ a: 0, b: 1, c: 2, ab: 3, "<|endoftext|>": 4 }),
  );
  await writeFile(join(folder, "vocab.bpe"), "#version: 0.2\na b\n");
  const { index, data } = checkpointFiles(variables);
  await writeFile(join(folder, "model.ckpt.index"), index);
  await writeFile(join(folder, "model.ckpt.data-00000-of-00001"), data);
});
afterAll(() => rm(folder, { recursive: true }));

test("variables come under Hugging Face's names and shapes", async () => {
  const { weights, config, files, close } = await openTensorflowGpt2(folder);
  const shapes = Object.fromEntries([...weights.entries].map(([name, { shape }]) => [name, shape]));
  expect(shapes).toEqual({
    "transformer.wte.weight": [5, 2],
    "transformer.wpe.weight": [4, 2],
    "transformer.h.0.ln_1.weight": [2],
    "transformer.h.0.attn.c_attn.weight": [2, 6],
    "transformer.h.0.attn.c_attn.bias": [6],
    "transformer.h.0.mlp.c_proj.weight": [8, 2],
    "transformer.ln_f.bias": [2],
  });
  const down = await weights.readFloat32("transformer.h.0.mlp.c_proj.weight");
  expect([...down]).toEqual(variables.get("model/h0/mlp/c_proj/w")!.values);
  expect(config).toMatchObject({
    model_type: "gpt2",
    vocab_size: 5,
    n_positions: 4,
    eos_token_id: 4,
  });
  const { model, added_tokens: added } = JSON.parse(files.get("tokenizer.json")!);
  expect(model.merges).toEqual([["a", "b"]]);
  expect(added).toMatchObject([{ id: 4, content: "<|endoftext|>", special: true }]);
  await close();
});

test("a compressed index says the same", async () => {
  const other = await mkdtemp(join(tmpdir(), "tensorflow-"));
  await cp(folder, other, { recursive: true });
  const { index } = checkpointFiles(variables, { isCompressed: true });
  await writeFile(join(other, "model.ckpt.index"), index);
  const model = await openTensorflowGpt2(other);
  expect(model.weights.entries.size).toBe(7);
  await model.close();
  await rm(other, { recursive: true });
});

describe("damaged files", () => {
  test("numbers that are not where the index says are refused", async () => {
    const other = await mkdtemp(join(tmpdir(), "tensorflow-"));
    await cp(folder, other, { recursive: true });
    await writeFile(join(other, "model.ckpt.data-00000-of-00001"), new Uint8Array(100));
    await expect(openTensorflowGpt2(other)).rejects.toThrow(/float32 numbers of shape.*of 100/);
    await writeFile(join(other, "model.ckpt.index"), new Uint8Array(100));
    await expect(openTensorflowGpt2(other)).rejects.toThrow(/got another magic number/);
    await rm(join(other, "hparams.json"));
    await expect(openTensorflowGpt2(other)).rejects.toThrow(UserError);
    await rm(other, { recursive: true });
  });

  test.each([true, false])("1,000 mutations, compressed: %s", async (isCompressed) => {
    const other = await mkdtemp(join(tmpdir(), "tensorflow-"));
    await cp(folder, other, { recursive: true });
    const good = checkpointFiles(variables, { isCompressed }).index;
    const path = join(other, "model.ckpt.index");
    const { refused } = await surviveThousandMutations({
      ...{ path, good, headerBytes: good.length },
      read: async () => {
        const model = await openTensorflowGpt2(other);
        try {
          for (const name of model.weights.entries.keys()) await model.weights.readBytes(name);
        } finally {
          await model.close();
        }
      },
    });
    expect(refused).toBeGreaterThan(300);
    await rm(other, { recursive: true });
  });
});

describe("snappy", () => {
  // "ab" and a copy of eight bytes from two back: "ababababab".
  const repeated = Uint8Array.of(10, 4, 0x61, 0x62, 0x11, 2);

  test("literals and overlapping copies", () => {
    expect(Buffer.from(decompressSnappy(repeated)).toString()).toBe("ababababab");
  });

  test("a wrong length and a copy from nowhere are refused", () => {
    expect(() => decompressSnappy(Uint8Array.of(11, ...repeated.subarray(1)))).toThrow(Malformed);
    expect(() => decompressSnappy(Uint8Array.of(8, 0x11, 2))).toThrow(/before the beginning/);
  });
});
