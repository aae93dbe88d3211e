/** @file The text of a run: its tokenizer and token file, made once, and the batches that come of them. */
import { join } from "node:path";
import {
  Batches,
  copyTokens,
  encodeCorpus,
  openTokenFile,
  splitTokens,
  TokenFileSink,
  Windows,
} from "../data/index.ts";
import type { Batch, Corpus, Progress, TokenSource } from "../data/index.ts";
import type { Generator as RandomNumbers } from "../random/index.ts";
import { loadTokenizer } from "../tokenizer/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { PretrainConfig } from "./pretrain-config.ts";
import { tokensFileName } from "./run-contents.ts";
import { createRun } from "./run-directory.ts";
import type { Run } from "./run-directory.ts";
import { TokenLengths } from "./token-lengths.ts";

export interface CreatePretrainRunOptions {
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: Progress) => void;
}

/** What to train on: text, or the ids that `tokenizer` made of it. */
export type PretrainSource =
  | { readonly corpus: Corpus; readonly tokenizer: Tokenizer }
  | { readonly tokens: TokenSource; readonly tokenizer: Tokenizer };

/**
 * Makes a run at `path` that holds `source` as token ids; the source is not needed afterwards.
 * When anything fails (a text too short, a full disk, the signal) no run is left; until all is there, nobody sees one.
 */
export async function createPretrainRun(
  path: string,
  config: PretrainConfig,
  source: PretrainSource,
  { overwrite = false, ...reading }: CreatePretrainRunOptions = {},
): Promise<Run> {
  const json = JSON.stringify(source.tokenizer.toJson());
  const tokenizer = loadTokenizer(JSON.parse(json)); // as the run will have it
  const tokenizerFiles = { "tokenizer.json": json };
  const prepare = async () => {
    const sink = await TokenFileSink.create(join(path, tokensFileName), tokenizer);
    const tokens =
      "tokens" in source
        ? await copyTokens(source.tokens, sink, reading)
        : await encodeCorpus(source.corpus, tokenizer, { sink, ...reading });
    try {
      splitTokens(tokens, config.trainFraction, config); // throws when a part is too short
    } finally {
      tokens.close();
    }
  };
  return createRun(path, { ...config }, { overwrite, tokenizerFiles, prepare });
}

export interface PretrainData {
  readonly training: Batches;
  /** Batches of validation windows, the same each time: at most `count`, spread evenly; read one by one. */
  validation(count: number): Iterable<Batch>;
  /** As configured, or less where there are fewer windows to train on. */
  readonly batchSize: number;
  /** The same for the windows of validation. */
  readonly validationBatchSize: number;
  /** Bytes of UTF-8 that a target in `validation(count)` stands for, on average; exact. */
  bytesPerToken(count: number): number;
  close(): void;
}

/** Opens the token file of a run; shuffling draws from `generator`. */
export function openPretrainData(
  path: string,
  config: PretrainConfig,
  tokenizer: Tokenizer,
  generator: RandomNumbers,
): PretrainData {
  const tokens = openTokenFile(join(path, tokensFileName), tokenizer);
  const { training, validation } = splitTokens(tokens, config.trainFraction, config);
  const { blockSize } = config;
  const windows = new Windows(training, { blockSize });
  const held = new Windows(validation, { blockSize });
  const options = { dropLast: true, shuffle: true, generator };
  const batchSize = Math.min(config.batchSize, windows.length);
  const validationBatchSize = Math.min(config.batchSize, held.length);
  const validationOf = (count: number) => validationBatches(held, validationBatchSize, count);
  const lengths = new TokenLengths(tokenizer);
  const bytesPerToken = new Map<number, number>(); // by number of batches
  return {
    training: new Batches(windows, { ...options, batchSize }),
    validation: validationOf,
    ...{ batchSize, validationBatchSize },
    bytesPerToken: (count) => {
      const known = bytesPerToken.get(count) ?? meanLength(validationOf(count), lengths);
      bytesPerToken.set(count, known);
      return known;
    },
    close: () => tokens.close(),
  };
}

/** Whole batches of windows at even distances. */
function* validationBatches(windows: Windows, batchSize: number, count: number): Generator<Batch> {
  const total = Math.floor(windows.length / batchSize);
  const taken = Math.min(count, total);
  const { blockSize } = windows;
  for (let index = 0; index < taken; index++) {
    const first = Math.floor((index * total) / taken) * batchSize;
    const inputs = new Int32Array(batchSize * blockSize);
    const targets = new Int32Array(batchSize * blockSize);
    for (let row = 0; row < batchSize; row++) {
      const at = row * blockSize;
      windows.read(first + row, inputs.subarray(at), targets.subarray(at));
    }
    yield { inputs, targets, batchSize, blockSize };
  }
}

function meanLength(batches: Iterable<Batch>, lengths: TokenLengths): number {
  let [bytes, count] = [0, 0];
  for (const { targets } of batches) {
    bytes += lengths.total(targets);
    count += targets.length;
  }
  return bytes / count;
}
