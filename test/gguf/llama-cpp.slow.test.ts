/**
 * @file What llama.cpp makes of our GGUF files: log-probabilities of every position and the greedy continuation, against transformers'
 * at float32 and against our own model of the same rounded weights at 8 bits. Needs node-llama-cpp beside the other rivals in `bench/`
 * (`NODE_LLAMA_CPP_SKIP_DOWNLOAD=true npm i --ignore-scripts`); where it is absent, this says so and is skipped.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tensor, values } from "../../src/graph/index.ts";
import { openHuggingFaceModel, openGgufModel, writeGgufModel } from "../../src/weights/index.ts";
import { fromHuggingFace, fromHuggingFaceConfig } from "../../src/models/index.ts";
import { byteTokenizerJson } from "../../src/weights/testing/byte-tokenizer.ts";
import { openFixture } from "../models/fixture.ts";

/** What is used of node-llama-cpp. */
interface Next {
  readonly next: { readonly probabilities: ReadonlyMap<number, number> };
}
interface LlamaSequence {
  controlledEvaluate(input: readonly unknown[]): Promise<readonly Next[]>;
  clearHistory(): Promise<void>;
  evaluate(ids: readonly number[], options: object): AsyncIterable<number>;
}
interface LlamaModel {
  createContext(
    options: object,
  ): Promise<{ getSequence(): LlamaSequence; dispose(): Promise<void> }>;
  dispose(): Promise<void>;
}
interface Llama {
  loadModel(options: object): Promise<LlamaModel>;
}

async function loadLlama(): Promise<Llama | undefined> {
  const places = [process.env["SCRATCHLM_RIVALS"], join(import.meta.dirname, "../../bench")];
  for (const place of places.filter((each) => each !== undefined)) {
    try {
      const entrance = createRequire(join(place, "package.json")).resolve("node-llama-cpp");
      const { getLlama } = await import(pathToFileURL(entrance).href);
      return await getLlama({ build: "never", gpu: false, skipDownload: true, logLevel: "error" });
    } catch {
      continue;
    }
  }
  return undefined;
}

const llama = await loadLlama();
if (!llama) console.warn("llama.cpp: skipped, node-llama-cpp is not installed in bench/");

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "llama-cpp-"))));
afterAll(() => rm(folder, { recursive: true }));

/** The largest difference in log-probability at each position, and the greedy continuation. */
async function evaluate(path: string, ids: readonly number[], logits: Float32Array) {
  const model = await llama!.loadModel({ modelPath: path });
  const cache = { experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32" };
  const context = await model.createContext({
    ...{ contextSize: 256, flashAttention: false, swaFullCache: true, ...cache },
  });
  const sequence = context.getSequence();
  const asked = ids.map((id) => [id, { generateNext: { probabilities: true } }]);
  const found = await sequence.controlledEvaluate(asked);
  const V = logits.length / ids.length;
  const differences = found.map(({ next: { probabilities } }, at) => {
    const row = logits.subarray(at * V, (at + 1) * V);
    const largest = Math.max(...row);
    const total = largest + Math.log(row.reduce((sum, x) => sum + Math.exp(x - largest), 0));
    const each = [...probabilities].map(([id, p]) => Math.abs(Math.log(p) - (row[id] - total)));
    return Math.max(...each);
  });
  await sequence.clearHistory();
  const greedy: number[] = [];
  for await (const id of sequence.evaluate(ids, { temperature: 0, yieldEogToken: true })) {
    if (greedy.push(id) === 12) break;
  }
  await context.dispose();
  await model.dispose();
  return { differences, greedy };
}

// llama.cpp looks GELU up in a table of float16.
const tolerances = { gpt2: 3e-3, gemma3: 3e-3 } as Readonly<Record<string, number>>;
const families = ["gpt2", "llama2", "llama3", "mistral", "qwen3", "qwen3-moe", "gemma3", "olmo3"];

describe.skipIf(!llama).each(families)("%s", (family) => {
  const write = async (dtype: "F32" | "Q8_0") => {
    const fixture = await openFixture(`${family}-tiny`);
    const model = await openHuggingFaceModel(
      join(import.meta.dirname, `../fixtures/models/${family}-tiny`),
    );
    const path = join(folder, `${family}-${dtype}.gguf`);
    const files = new Map([["tokenizer.json", byteTokenizerJson()]]);
    await writeGgufModel(path, { ...model, files }, { dtype });
    await model.close();
    await fixture.close();
    return { path, fixture, ids: fixture.expected.input_ids.flat() };
  };

  test("float32: the numbers of transformers", async () => {
    const { path, fixture, ids } = await write("F32");
    const { differences, greedy } = await evaluate(path, ids, fixture.logits);
    // Mistral's window of 8 tokens, which llama.cpp does not have, hides nothing from the first 8.
    const compared = family === "mistral" ? differences.slice(0, 8) : differences;
    expect(Math.max(...compared)).toBeLessThan(tolerances[family] ?? 1e-4);
    if (family !== "mistral") expect(greedy).toEqual(fixture.expected.greedy_continuation.flat());
  });

  test("8 bits: our numbers of the same weights, and the same text", async () => {
    const { path, ids } = await write("Q8_0");
    const logitsOf = await openOurs(path);
    const { differences, greedy } = await evaluate(path, ids, logitsOf(ids));
    // llama.cpp rounds what flows between the layers to 8 bits as well.
    expect(Math.max(...differences)).toBeLessThan(0.15);
    const lost = lostByGreedy(logitsOf, ids, greedy);
    const flips = lost.filter((gap) => gap > 0);
    console.info(
      `${family}: ${greedy.length - flips.length} of ${greedy.length} tokens are ours; ` +
        `largest difference ${Math.max(...differences).toFixed(4)}; ours are ahead by ${flips.map((gap) => gap.toFixed(4)).join(", ") || "nothing"}`,
    );
    // Another token only where the two were closer than the rounding moves them apart.
    expect(Math.max(...lost)).toBeLessThan(2 * Math.max(...differences));
  });
});

/** The logits of each position by our own model of a GGUF file's numbers, without the window that llama.cpp's Mistral lacks. */
async function openOurs(path: string): Promise<(ids: readonly number[]) => Float32Array> {
  const { config: found, weights, close } = await openGgufModel(path);
  const { family, config } = fromHuggingFaceConfig({ ...found, ...(isMistral(found) && noWindow) });
  const model = family.make(config);
  await fromHuggingFace(model, async (name) => {
    const entry = weights.entries.get(name);
    return entry && { shape: entry.shape, data: await weights.readFloat32(name) };
  });
  await close();
  return (ids) => values(model.forward(tensor([ids], { dtype: "int32" }))) as Float32Array;
}

const isMistral = (config: { readonly [field: string]: unknown }) =>
  config["model_type"] === "mistral";
const noWindow = { sliding_window: null };

/** At each token of `greedy`, by how much our log-probability of our own choice is above that of theirs. */
function lostByGreedy(
  logitsOf: (ids: readonly number[]) => Float32Array,
  ids: readonly number[],
  greedy: readonly number[],
): number[] {
  const all = [...ids, ...greedy];
  const logits = logitsOf(all);
  const V = logits.length / all.length;
  return greedy.map((id, i) => {
    const at = ids.length + i - 1;
    const row = logits.subarray(at * V, (at + 1) * V);
    return Math.max(...row) - row[id];
  });
}
