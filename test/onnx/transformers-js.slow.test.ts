/**
 * @file What transformers.js makes of our ONNX folders: the greedy text of every family, in float32, 8 and 4 bits, is ours. Needs
 * @huggingface/transformers beside the other rivals in `bench/`; where it is absent, this says so and is skipped.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEngine, generate } from "../../src/generation/index.ts";
import type { Quantization } from "../../src/nn/index.ts";
import { openHuggingFaceModel, openModel } from "../../src/weights/index.ts";
import { writeOnnxModel } from "../../src/weights/onnx/write-onnx-model.ts";

/** What is used of transformers.js. */
interface Output {
  readonly data: BigInt64Array;
}
interface Transformers {
  readonly env: { allowRemoteModels: boolean; localModelPath: string };
  readonly AutoModelForCausalLM: {
    from_pretrained(
      name: string,
      options: object,
    ): Promise<{ generate(options: object): Promise<Output>; dispose(): Promise<unknown> }>;
  };
  readonly Tensor: new (dtype: string, data: BigInt64Array, shape: number[]) => unknown;
}

async function loadTransformers(): Promise<Transformers | undefined> {
  const places = [process.env["SCRATCHLM_RIVALS"], join(import.meta.dirname, "../../bench")];
  for (const place of places.filter((each) => each !== undefined)) {
    try {
      const entrance = createRequire(join(place, "package.json")).resolve(
        "@huggingface/transformers",
      );
      return await import(pathToFileURL(entrance).href);
    } catch {
      continue;
    }
  }
  return undefined;
}

const transformers = await loadTransformers();
if (!transformers) console.warn("transformers.js: skipped, it is not installed in bench/");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "transformers-js-"));
  if (!transformers) return;
  transformers.env.allowRemoteModels = false;
  transformers.env.localModelPath = folder;
});
afterAll(() => rm(folder, { recursive: true }));

const numTokens = 12;
const prompt = [5, 8, 13, 21, 34, 55, 89, 3];

/** The continuation that transformers.js writes, up to what ends a text. */
async function theirs(name: string, dtype: string): Promise<number[]> {
  const { AutoModelForCausalLM, Tensor } = transformers!;
  const model = await AutoModelForCausalLM.from_pretrained(name, { dtype });
  const shape = [1, prompt.length];
  const { data } = await model.generate({
    inputs: new Tensor("int64", BigInt64Array.from(prompt, BigInt), shape),
    attention_mask: new Tensor("int64", new BigInt64Array(prompt.length).fill(1n), shape),
    ...{ max_new_tokens: numTokens, do_sample: false },
  });
  await model.dispose();
  return [...data].slice(prompt.length).map(Number);
}

/** Our own, from the weights that the folder was made of. */
async function ours(path: string, quantization: Quantization | undefined, maxNewTokens: number) {
  const { model } = await openModel(path, { quantization, hasTokenizer: false });
  const engine = await createEngine(model, { runtime: "onnx" });
  const text: number[] = [];
  for await (const id of generate(engine, prompt, { maxNewTokens })) text.push(id);
  engine.release();
  return text;
}

const families = ["gpt2", "llama2", "llama3", "mistral", "qwen3", "qwen3-moe", "gemma3", "olmo3"];
const formats = [
  ["F32", "fp32", undefined],
  ["Q8_0", "q8", "q8"],
  ["Q4_0", "q4", "q4"],
] as const;

describe.skipIf(!transformers).each(families)("%s", (family) => {
  test.each(formats)("%s", async (dtype, name, quantization) => {
    const path = join(import.meta.dirname, `../fixtures/models/${family}-tiny`);
    const published = await openHuggingFaceModel(path);
    await writeOnnxModel(join(folder, `${family}-${name}`), published, { dtype });
    await published.close();
    const written = await theirs(`${family}-${name}`, name);
    expect(written.length).toBeGreaterThan(0);
    expect(written).toEqual(await ours(path, quantization, written.length));
  });
});
