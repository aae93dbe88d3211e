/** @file Ids to shards of equal length, and to a manifest that always says what is finished and what comes next. */
import { join } from "node:path";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { TokenFileSink } from "../token-file.ts";
import type { Block } from "./blocks.ts";
import type { EncodedBlock } from "./encode-block.ts";
import { type Cursor, type Manifest, type Shard, writeManifest } from "./manifest.ts";

export class ShardWriter {
  readonly #folder: string;
  readonly #tokenizer: Tokenizer;
  readonly #recipe: Manifest["recipe"];
  readonly #shards: Shard[];
  #numDocuments: number;
  #numToSkip: number;
  #sink: TokenFileSink | undefined;
  #length = 0; // of the shard that is being written

  /** Goes on where `manifest` ends. */
  constructor(folder: string, tokenizer: Tokenizer, manifest: Manifest, from: Cursor) {
    this.#folder = folder;
    this.#tokenizer = tokenizer;
    this.#recipe = manifest.recipe;
    this.#shards = [...manifest.shards];
    this.#numDocuments = from.numDocuments;
    this.#numToSkip = from.skippedTokens;
  }

  get shards(): readonly Shard[] {
    return this.#shards;
  }

  /** Writes the ids of the next block; what fills a shard finishes it. */
  async add(block: Block, { ids, numDocuments }: EncodedBlock): Promise<void> {
    let at = Math.min(this.#numToSkip, ids.length);
    this.#numToSkip -= at;
    while (at < ids.length) {
      const end = Math.min(ids.length, at + this.#recipe.shardTokens - this.#length);
      this.#sink ??= await TokenFileSink.create(
        join(this.#folder, this.#nextFile),
        this.#tokenizer,
      );
      await this.#sink.write(ids.subarray(at, end));
      this.#length += end - at;
      at = end;
      if (this.#length < this.#recipe.shardTokens) continue;
      const { source, byte, isInside } = block;
      await this.#finishShard({
        ...{
          place: { source, byte, isInside },
          skippedTokens: at,
          numDocuments: this.#numDocuments,
        },
      });
    }
    this.#numDocuments += numDocuments;
  }

  /** Finishes the last shard and says that all is done. */
  async end(): Promise<Manifest> {
    return this.#finishShard(undefined);
  }

  /** Leaves no unfinished shard behind. */
  async discard(): Promise<void> {
    await this.#sink?.discard();
    this.#sink = undefined;
  }

  get #nextFile(): string {
    return `shard-${String(this.#shards.length).padStart(5, "0")}.bin`;
  }

  async #finishShard(next: Cursor | undefined): Promise<Manifest> {
    if (this.#sink) {
      const file = this.#nextFile;
      (await this.#sink.finish()).close();
      this.#sink = undefined;
      this.#shards.push({ file, tokenCount: this.#length });
      this.#length = 0;
    }
    const manifest: Manifest = {
      ...{ format: "scratchlm token shards", version: 1, recipe: this.#recipe },
      ...{ shards: this.#shards, numDocuments: this.#numDocuments },
      ...(next && { next }),
    };
    await writeManifest(this.#folder, manifest);
    return manifest;
  }
}
