/** @file From a corpus to token shards: in several threads, and so that a prepare that was stopped goes on to the same bytes. */
import { basename } from "node:path";
import { UserError } from "../../errors.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { Corpus, ReadOptions, TextDocument } from "../corpus.ts";
import { identify } from "../token-file.ts";
import { type BlockEncoder, blockEncoder, encodedInOrder } from "./block-encoder.ts";
import { blocksOf, type Place } from "./blocks.ts";
import type { DocumentForm } from "./documents.ts";
import type { Manifest, Recipe } from "./manifest.ts";
import { openFolder, removeFolder } from "./prepared-folder.ts";
import { ShardWriter } from "./shard-writer.ts";

export interface PrepareOptions extends ReadOptions {
  readonly tokenizer: Tokenizer;
  /** Ids behind each document. */
  readonly endOfText: readonly number[];
  /** Ids in a shard (default: 100 million). */
  readonly shardTokens?: number | undefined;
  /** `auto` goes by the name: .jsonl and .ndjson hold a document a line. */
  readonly format?: Recipe["format"] | undefined;
  /** Where a line of JSONL has its text (default: text). */
  readonly field?: string | undefined;
  /** What stands between documents of plain text (default: a source is one document). */
  readonly documentSeparator?: string | undefined;
  /** Threads that encode; one means this one. The shards are the same for any number. */
  readonly numThreads?: number | undefined;
  /** Removes an earlier prepare of that folder first. */
  readonly overwrite?: boolean | undefined;
}

export interface Prepared {
  readonly folder: string;
  readonly numShards: number;
  readonly numTokens: number;
  readonly numDocuments: number;
  /** Of the text. */
  readonly sizeBytes: number;
  /** Of the text that was read this time; the rest had been done before. */
  readonly readBytes: number;
  /** How long that took, without loading anything. */
  readonly readMs: number;
}

const defaultShardTokens = 100_000_000;

/**
 * Writes `corpus` as token ids into shards in `folder`, beside `prepared.json` and `tokenizer.json`. Where an earlier
 * prepare of the same was stopped, it goes on behind the last shard that is finished. When it fails, what is finished
 * stays, for going on; nothing stays where no shard was.
 */
export async function prepareShards(
  corpus: Corpus,
  folder: string,
  options: PrepareOptions,
): Promise<Prepared> {
  const { tokenizer, endOfText, numThreads = 1 } = options;
  const encoder = blockEncoder(tokenizer, endOfText, numThreads); // first: threads take a while to start
  try {
    return await prepareWith(encoder, corpus, folder, options);
  } finally {
    await encoder.close();
  }
}

async function prepareWith(
  encoder: BlockEncoder,
  corpus: Corpus,
  folder: string,
  options: PrepareOptions,
): Promise<Prepared> {
  const { tokenizer, signal, onProgress, overwrite = false } = options;
  const tokenizerJson = JSON.stringify(tokenizer.toJson());
  const recipe = recipeOf(corpus, options, identify(tokenizer, tokenizerJson));
  const { manifest, made } = await openFolder(folder, recipe, { tokenizerJson, overwrite });
  const { next } = manifest;
  if (next === undefined) return report(folder, corpus, manifest, { readBytes: 0, readMs: 0 });
  const writer = new ShardWriter(folder, tokenizer, manifest, next);
  const startBytes = bytesBefore(corpus, next.place);
  let doneBytes = startBytes;
  const startedAt = performance.now();
  try {
    const blocks = blocksOf(corpus, tokenizer, (source) => formOf(source, recipe), next.place);
    for await (const { block, encoded } of encodedInOrder(blocks, encoder)) {
      signal?.throwIfAborted();
      await writer.add(block, encoded);
      doneBytes += block.sizeBytes;
      onProgress?.({ doneBytes, totalBytes: corpus.sizeBytes });
    }
    const finished = await writer.end();
    if (finished.shards.length === 0) throw noDocuments();
    const readMs = Math.round(performance.now() - startedAt);
    return report(folder, corpus, finished, { readBytes: doneBytes - startBytes, readMs });
  } catch (error) {
    await writer.discard();
    if (writer.shards.length === 0) await removeFolder(folder, made);
    throw error;
  }
}

function recipeOf(corpus: Corpus, options: PrepareOptions, tokenizer: Recipe["tokenizer"]): Recipe {
  const { endOfText, shardTokens = defaultShardTokens, format = "auto", field = "text" } = options;
  const { documentSeparator = null } = options;
  if (documentSeparator === "") {
    throw new UserError("document separator: expected text, got none. Leave it out.");
  }
  const sources = corpus.documents.map(({ name, sizeBytes }) => ({
    name: basename(name),
    sizeBytes,
  }));
  const documents = { format, field, documentSeparator, endOfText: [...endOfText] };
  return { tokenizer, sources, ...documents, shardTokens };
}

function formOf({ name }: TextDocument, recipe: Recipe): DocumentForm {
  const { format, field, documentSeparator } = recipe;
  const isLines = format === "auto" ? /\.(jsonl|ndjson)$/i.test(name) : format === "jsonl";
  return isLines ? { field } : { separator: documentSeparator ?? undefined };
}

function bytesBefore(corpus: Corpus, { source, byte }: Place): number {
  return corpus.documents.slice(0, source).reduce((sum, one) => sum + one.sizeBytes, byte);
}

function report(
  folder: string,
  { sizeBytes }: Corpus,
  manifest: Manifest,
  work: Pick<Prepared, "readBytes" | "readMs">,
): Prepared {
  const { shards, numDocuments } = manifest;
  const numTokens = shards.reduce((sum, { tokenCount }) => sum + tokenCount, 0);
  return { folder, numShards: shards.length, numTokens, numDocuments, sizeBytes, ...work };
}

function noDocuments(): UserError {
  return new UserError("prepare: expected documents, got none but blank lines. Check the files.");
}
