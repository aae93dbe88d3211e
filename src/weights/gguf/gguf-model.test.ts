/** Every family from Hugging Face's layout to GGUF and back. What llama.cpp makes of these files: test/gguf/llama-cpp.slow.test.ts. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import { fromHuggingFaceConfig } from "../../models/index.ts";
import type { JsonObject } from "../json-file.ts";
import { openHuggingFaceModel } from "../open-hugging-face.ts";
import type { PublishedModel } from "../published-model.ts";
import { byteTokenizerJson } from "../testing/byte-tokenizer.ts";
import { openGguf } from "./gguf-file.ts";
import { openGgufModel } from "./open-gguf-model.ts";
import { writeGgufModel } from "./write-gguf-model.ts";

const fixtures = join(import.meta.dirname, "../../../test/fixtures/models");
const families = [
  ...["gpt2", "llama2", "llama3", "mistral", "qwen3", "qwen3-moe", "gemma3", "olmo3"],
] as const;

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "gguf-model-"))));
afterAll(() => rm(folder, { recursive: true }));

const open = (family: string) => openHuggingFaceModel(join(fixtures, `${family}-tiny`));
const withConfig = (model: PublishedModel, change: JsonObject): PublishedModel => ({
  ...model,
  config: { ...model.config, ...change },
});

describe.each(families)("%s", (family) => {
  let original: PublishedModel;
  let back: PublishedModel;
  beforeAll(async () => {
    original = await open(family);
    const path = join(folder, `${family}.gguf`);
    await writeGgufModel(path, original);
    back = await openGgufModel(path);
  });
  afterAll(async () => {
    await original.close();
    await back.close();
  });

  test("keeps every tensor", async () => {
    const names = [...original.weights.entries.keys()];
    expect([...back.weights.entries.keys()].sort()).toEqual(names.sort());
    for (const name of names) {
      const [ours, theirs] = [
        await back.weights.readFloat32(name),
        await original.weights.readFloat32(name),
      ];
      expect(back.weights.entries.get(name)?.shape).toEqual(
        original.weights.entries.get(name)?.shape,
      );
      // Gemma's norms go through a sum with 1, which rounds.
      const tolerance = family === "gemma3" && name.endsWith("norm.weight") ? 1.2e-7 : 0;
      const worst = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i])), 0);
      expect(worst, name).toBeLessThanOrEqual(tolerance);
    }
  });

  test("keeps what config.json says", () => {
    const [ours, theirs] = [back, original].map((model) => {
      const { family, config } = fromHuggingFaceConfig(model.config);
      return { family, config: { ...config, dropoutRate: 0 } }; // GGUF has no word for training
    });
    expect(ours).toEqual(theirs);
    const renamed = { num_local_experts: "num_experts" } as Readonly<Record<string, string>>;
    for (const [name, value] of Object.entries(original.config)) {
      const own = back.config[renamed[name] ?? name];
      const isOwnWay = /^rope_|^architectures$|^n_inner$/.test(name); // the same in other words
      if (own !== undefined && !isOwnWay) expect([name, own]).toEqual([name, value]);
    }
    for (const name of ["layer_types", "sliding_window", "head_dim", "query_pre_attn_scalar"]) {
      if (original.config[name] && family !== "qwen3")
        expect(back.config, name).toHaveProperty(name);
    }
  });
});

test("8 and 4 bits take the matrices only, and the head keeps 8", async () => {
  const model = await open("llama2");
  for (const dtype of ["Q8_0", "Q4_0", "F16"] as const) {
    const path = join(folder, `${dtype}.gguf`);
    await writeGgufModel(path, model, { dtype });
    const file = await openGguf(path);
    const dtypes = Object.fromEntries(
      [...file.entries].map(([name, entry]) => [name, entry.dtype]),
    );
    expect(dtypes).toMatchObject({
      "blk.0.attn_q.weight": dtype,
      "blk.0.ffn_down.weight": dtype,
      "blk.0.attn_norm.weight": "F32",
      "output_norm.weight": "F32",
      "output.weight": dtype === "Q4_0" ? "Q8_0" : dtype,
    });
    await file.close();
  }
  await model.close();
});

test("rows that hold no whole blocks become float16", async () => {
  const model = await open("gpt2"); // 48 wide
  const path = join(folder, "narrow.gguf");
  await writeGgufModel(path, model, { dtype: "Q8_0" });
  const file = await openGguf(path);
  expect(file.entries.get("blk.0.attn_qkv.weight")?.dtype).toBe("F16");
  expect(file.entries.get("blk.0.ffn_down.weight")?.dtype).toBe("Q8_0"); // 192 wide
  expect(file.entries.get("position_embd.weight")?.dtype).toBe("F32");
  await file.close();
  await model.close();
});

test("the tokenizer goes along", async () => {
  const model = await open("llama2");
  const json = byteTokenizerJson();
  const path = join(folder, "tokenizer.gguf");
  const files = new Map([["tokenizer.json", json]]);
  const { notes } = await writeGgufModel(path, { ...model, files });
  expect(notes).toEqual([]);
  const back = await openGgufModel(path);
  const own = JSON.parse(back.files.get("tokenizer.json")!);
  expect(own.model.vocab).toEqual(JSON.parse(json).model.vocab);
  expect(own.pre_tokenizer).toEqual(JSON.parse(json).pre_tokenizer);
  await back.close();
  await model.close();
});

test("what llama.cpp computes differently is told, or refused", async () => {
  const mistral = await open("mistral");
  const { notes } = await writeGgufModel(join(folder, "told.gguf"), mistral);
  expect(notes.join()).toMatch(/not at the last 8/);
  const gemma = await open("gemma3");
  const write = (model: PublishedModel) => writeGgufModel(join(folder, "no.gguf"), model);
  await expect(write(withConfig(gemma, { query_pre_attn_scalar: 99 }))).rejects.toThrow(
    /query_pre_attn_scalar to be head_dim, 16.*got 99/,
  );
  await expect(write(withConfig(mistral, { model_type: "bert" }))).rejects.toThrow(
    /model_type to be one of gpt2, llama.*got "bert"/,
  );
  await mistral.close();
  await gemma.close();
});

test("YaRN's usual magnitude is not written: llama.cpp multiplies with it unasked", async () => {
  const model = await open("olmo3");
  const usual = 0.1 * Math.log(8) + 1;
  for (const [magnitude, onTop] of [
    [usual, undefined],
    [2 * usual, 2],
  ] as const) {
    const yarn = { rope_type: "yarn", factor: 8, original_max_position_embeddings: 16 };
    const scaling = { ...yarn, attention_factor: magnitude, rope_theta: 500_000 };
    const path = join(folder, "yarn.gguf");
    await writeGgufModel(path, withConfig(model, { rope_parameters: { full_attention: scaling } }));
    const file = await openGguf(path);
    expect(file.metadata.get("olmo2.rope.scaling.attn_factor")?.value).toBe(onTop);
    await file.close();
    const back = await openGgufModel(path);
    const found = back.config["rope_scaling"] as JsonObject;
    expect(found["attention_factor"]).toBeCloseTo(magnitude, 5);
    expect(found).toMatchObject(yarn);
    await back.close();
  }
  await model.close();
});

test("a config that is not that of the weights is refused", async () => {
  const model = await open("llama2");
  const write = (change: JsonObject) =>
    writeGgufModel(join(folder, "no.gguf"), withConfig(model, change));
  await expect(write({ num_hidden_layers: 3 })).rejects.toThrow(
    /expected "model\.layers\.2\..*", got none/,
  );
  await expect(write({ num_hidden_layers: 1 })).rejects.toThrow(/got "model\.layers\.1\..*as well/);
  await expect(write({ num_hidden_layers: 1e12 })).rejects.toThrow(UserError);
  await model.close();
});
