/**
 * @file GPT-2 as OpenAI published it: a folder with `checkpoint`, `model.ckpt.index`, `model.ckpt.data-00000-of-00001`, `hparams.json`,
 * `encoder.json` and `vocab.bpe`.
 */
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../errors.ts";
import { fileError } from "../../file-errors.ts";
import { numberIn } from "../../models/index.ts";
import { readJsonObject, type JsonObject } from "../json-file.ts";
import type { PublishedModel } from "../published-model.ts";
import { RegularFile } from "../regular-file.ts";
import { readBundle, type Bundle } from "./bundle.ts";
import { Malformed } from "./byte-cursor.ts";
import { endOfTextId, openaiTokenizer } from "./openai-tokenizer.ts";
import { TensorflowWeights } from "./tensorflow-weights.ts";

/** Far more than the index of any GPT-2, which has some kilobytes. */
const mostIndexBytes = 64 * 1024 * 1024;

/** Whether the folder holds a TensorFlow checkpoint beside the sizes of a GPT-2. */
export function isTensorflowCheckpoint(path: string): boolean {
  return existsSync(join(path, "hparams.json")) && indexName(path) !== undefined;
}

function indexName(path: string): string | undefined {
  return readdirSync(path).find((name) => name.endsWith(".index"));
}

/** Opens the folder at `path`. Throws a UserError for what is missing or damaged. */
export async function openTensorflowGpt2(path: string): Promise<PublishedModel> {
  const index = join(path, indexName(path) ?? "model.ckpt.index");
  const sizes = await readJsonObject(join(path, "hparams.json"));
  const bundle = await openIndex(index);
  const vocab = await vocabulary(path);
  const data = await RegularFile.open(index.replace(/\.index$/, ".data-00000-of-00001"));
  try {
    const weights = new TensorflowWeights(data, bundle.entries.values());
    const files = vocab
      ? new Map([["tokenizer.json", JSON.stringify(openaiTokenizer(vocab.ids, vocab.merges))]])
      : new Map<string, string>();
    const notes = vocab ? [] : ["no encoder.json and vocab.bpe: the model has no tokenizer"];
    const config = gpt2Config(sizes, vocab?.ids ?? {});
    return { path, config, weights, files, notes, close: () => weights.close() };
  } catch (error) {
    await data.close();
    throw error;
  }
}

async function openIndex(path: string): Promise<Bundle> {
  const file = await RegularFile.open(path);
  try {
    if (file.sizeBytes > mostIndexBytes) throw new Malformed(`${file.sizeBytes} bytes`);
    const bundle = readBundle(await file.prefix(file.sizeBytes));
    if (bundle.numShards !== 1) throw new Malformed(`data in ${bundle.numShards} files`);
    return bundle;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new UserError(
      `${path}: expected the index of a TensorFlow checkpoint with one data file, got ${error.message}. Get it again.`,
    );
  } finally {
    await file.close();
  }
}

interface Vocabulary {
  readonly ids: JsonObject;
  readonly merges: string;
}

async function vocabulary(path: string): Promise<Vocabulary | undefined> {
  const [encoder, pairs] = [join(path, "encoder.json"), join(path, "vocab.bpe")];
  if (!existsSync(encoder) || !existsSync(pairs)) return undefined;
  const merges = await readFile(pairs, "utf8").catch(async (error: unknown) => {
    throw fileError(error, pairs);
  });
  return { ids: await readJsonObject(encoder), merges };
}

function gpt2Config(sizes: JsonObject, vocab: JsonObject): JsonObject {
  const endId = endOfTextId(vocab);
  return {
    model_type: "gpt2",
    architectures: ["GPT2LMHeadModel"],
    vocab_size: numberIn(sizes, "n_vocab"),
    n_positions: numberIn(sizes, "n_ctx"),
    n_embd: numberIn(sizes, "n_embd"),
    n_head: numberIn(sizes, "n_head"),
    n_layer: numberIn(sizes, "n_layer"),
    activation_function: "gelu_new",
    layer_norm_epsilon: 1e-5,
    tie_word_embeddings: true,
    bos_token_id: endId,
    eos_token_id: endId,
  };
}
