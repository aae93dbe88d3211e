/** @file Chapter 2: from text to embeddings. */
import { Batches, MemoryTokens, Windows } from "../../src/data/index.ts";
import type { Batch } from "../../src/data/index.ts";
import { tensor } from "../../src/graph/index.ts";
import { Embedding, initialize } from "../../src/nn/index.ts";
import { add, positions } from "../../src/ops/index.ts";
import { Generator } from "../../src/random/index.ts";
import {
  SimpleBpeTokenizer,
  SimpleTokenizerV1,
  SimpleTokenizerV2,
  splitWords,
  UnknownTextError,
} from "../../src/tokenizer/index.ts";
import { encode, gpt2 } from "./gpt2-encoding.ts";
import type { Reproductions } from "./reproduction.ts";
import { verdict } from "./verdict.ts";

const hello = "Hello, world. This, is a test.";
const joined = ["Hello, do you like tea?", "In the sunlit terraces of the palace."].join(
  " <|endoftext|> ",
);
const quote = `"It's the last he painted, you know," Mrs. Gisburn said with pardonable pride.`;
const unseen = "Hello, do you like tea. Is this-- a test?";
const nonsense = "Akwirw ier";
const probe = "Jack embraced beauty through art and life.";

const withIds = (words: readonly string[], from = 0) =>
  words.map((word, i) => [word, from + i] as const);

const storyIds = () => encode(verdict());

/** What the first tokenizer says of a word that it does not know, as Python would. */
function unknownWord(): string {
  try {
    SimpleTokenizerV1.fromText(verdict()).encode(unseen);
  } catch (error) {
    if (error instanceof UnknownTextError) {
      return `KeyError: ${JSON.parse(error.what.replace("word ", ""))}`;
    }
  }
  return "no error";
}

/** Section 2.6: a context that grows, and the token after each. */
async function growing() {
  const sample = (await storyIds()).slice(50, 55);
  return [1, 2, 3, 4].map((length) => ({
    context: sample.slice(0, length),
    next: sample[length],
  }));
}

interface Loader {
  readonly batchSize: number;
  readonly blockSize: number;
  readonly stride: number;
  readonly shuffle?: boolean;
}

/** Batches of the story, in order unless they are shuffled. */
async function batches({ blockSize, stride, ...options }: Loader): Promise<Batch[]> {
  const windows = new Windows(new MemoryTokens(await storyIds()), { blockSize, stride });
  const generator = new Generator(123);
  return [...new Batches(windows, { ...options, dropLast: true, generator })];
}

const rows = (ids: Int32Array, { blockSize }: Batch) =>
  Array.from({ length: ids.length / blockSize }, (_, row) => [
    ...ids.subarray(row * blockSize, (row + 1) * blockSize),
  ]);

async function pairs(index: number) {
  const batch = (await batches({ batchSize: 1, blockSize: 4, stride: 1 }))[index];
  return [rows(batch.inputs, batch), rows(batch.targets, batch)];
}

async function firstInputs(loader: Loader) {
  const [batch] = await batches(loader);
  return rows(batch.inputs, batch);
}

const eight = { batchSize: 8, blockSize: 4, stride: 4 };

/** Token embeddings of a batch, and the sum with those of their positions, by shape. */
async function embedded(loader: Loader) {
  const ids = tensor(await firstInputs(loader), { dtype: "int32" }); //      (8, 4)
  const tokens = new Embedding(50257, 256).forward(ids); //                  (8, 4, 256)
  const places = new Embedding(4, 256).forward(positions(4)); //             (4, 256)
  return { ids, tokens, sum: add(tokens, places) };
}

function lookUp(...ids: number[]) {
  const embedding = new Embedding(6, 3);
  initialize(embedding, new Generator(123));
  return embedding.forward(tensor(Int32Array.from(ids)));
}

function trained() {
  const tokenizer = SimpleBpeTokenizer.train(verdict(), 1000);
  return [
    tokenizer.vocabSize,
    tokenizer.vocabulary.merges.length,
    [...tokenizer.encode(probe)],
  ] as const;
}

export const chapter2: Reproductions = {
  "ch02-2.2-split-ws": () => hello.split(/(\s)/),
  "ch02-2.2-split-punct": () => hello.split(/([,.]|\s)/),
  "ch02-2.2-split-punct-clean": () => splitWords(hello),
  "ch02-2.2-split-full": () => splitWords("Hello, world. Is this-- a test?"),
  "ch02-2.4-joined-text": () => joined,
  "ch02-2.5-bpe-decode": async () => {
    const text = joined.replace(" of the palace", "of someunknownPlace");
    const encoding = await gpt2();
    return encoding.decode(encoding.encode(text, { allowedSpecial: ["<|endoftext|>"] }));
  },
  "ch02-2.7-embedding-row3": () => lookUp(3),
  "ch02-2.7-embedding-lookup": () => lookUp(2, 3, 5, 1),
  "ch02-2.8-pos-emb-shape": () => new Embedding(4, 256).forward(positions(4)).shape,
  "ch02-ex2.1-ids": () => encode(nonsense),
  "ch02-ex2.1-pieces": async () => {
    const encoding = await gpt2();
    return [...encoding.encode(nonsense)].map((id) => [id, encoding.decode([id])]);
  },
  "ch02-ex2.1-decode": async () => (await gpt2()).decode(await encode(nonsense)),
  "ch02-test-bpe1": () => encode("Hello,"),
  "ch02-test-bpe2": () => encode("Implementations"),
  "ch02-test-bpe3": () => encode("asdf asdfasdf a!!, @aba 9asdf90asdfk"),
  "ch02-test-bpe4": () => encode("Hello, world. Is this-- a test?"),
  "ch02-test-bpe5": () => encode("This is some text"),
  // of the story
  "ch02-2.2-char-count": () => [...verdict()].length,
  "ch02-2.2-first-99": () => verdict().slice(0, 99),
  "ch02-2.2-first-30-tokens": () => splitWords(verdict()).slice(0, 30),
  "ch02-2.2-token-count": () => splitWords(verdict()).length,
  "ch02-2.3-vocab-size": () => SimpleTokenizerV1.fromText(verdict()).vocabSize,
  "ch02-2.3-vocab-head": () =>
    withIds(SimpleTokenizerV1.fromText(verdict()).vocabulary.slice(0, 51)),
  "ch02-2.3-v1-decode": () => {
    const tokenizer = SimpleTokenizerV1.fromText(verdict());
    return tokenizer.decode(tokenizer.encode(quote));
  },
  "ch02-2.4-v1-oov-error": unknownWord,
  "ch02-2.4-ext-vocab-size": () => SimpleTokenizerV2.fromText(verdict()).vocabSize,
  "ch02-2.4-ext-vocab-tail": () => {
    const { vocabulary, vocabSize } = SimpleTokenizerV2.fromText(verdict());
    return withIds(vocabulary.slice(-5), vocabSize - 5);
  },
  "ch02-2.4-v2-decode": () => {
    const tokenizer = SimpleTokenizerV2.fromText(verdict());
    return tokenizer.decode(tokenizer.encode(joined));
  },
  "ch02-2.6-bpe-count": async () => (await storyIds()).length,
  "ch02-2.6-xy": async () => {
    const sample = (await storyIds()).slice(50, 55);
    return [sample.slice(0, 4), sample.slice(1, 5)];
  },
  "ch02-2.6-growing-ids": async () => (await growing()).map(({ context, next }) => [context, next]),
  "ch02-2.6-growing-text": async () => {
    const encoding = await gpt2();
    const lines = (await growing()).map(
      ({ context, next }) => `${encoding.decode(context)} ----> ${encoding.decode([next])}`,
    );
    return lines.join("\n");
  },
  "ch02-2.6-batch1-first": () => pairs(0),
  "ch02-2.6-batch1-second": () => pairs(1),
  "ch02-2.6-batch8-inputs": () => firstInputs(eight),
  "ch02-2.8-input-shape": async () => (await embedded(eight)).ids.shape,
  "ch02-2.8-token-emb-shape": async () => (await embedded(eight)).tokens.shape,
  "ch02-2.8-input-emb-shape": async () => (await embedded(eight)).sum.shape,
  "ch02-dataloader-shape": async () => (await embedded({ ...eight, shuffle: true })).sum.shape,
  "ch02-ex2.2-len2": () => firstInputs({ batchSize: 4, blockSize: 2, stride: 2 }),
  "ch02-ex2.2-len8": () => firstInputs({ batchSize: 4, blockSize: 8, stride: 2 }),
  "ch02-test-bpe-train": trained,
};
