/** @file A folder of token shards as one sequence (Node only); `prepare/` writes them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { manifestName, readManifest } from "./prepare/manifest.ts";
import { openTokenFile } from "./token-file.ts";
import { checkRange } from "./token-source.ts";
import type { OpenTokenSource } from "./token-source.ts";

/** The ids of a prepared folder. */
export interface TokenShards extends OpenTokenSource {
  /** Of the text that the ids stand for. */
  readonly textBytes: number;
}

/** Whether `path` is a folder that `prepareShards` writes to, finished or not. */
export function isPrepared(path: string): boolean {
  return existsSync(join(path, manifestName));
}

/** Opens all shards of a prepared folder; with `tokenizer`, only those that it made. Whatever is wrong is a `UserError`. */
export async function openTokenShards(folder: string, tokenizer?: Tokenizer): Promise<TokenShards> {
  const manifest = await readManifest(folder);
  if (manifest === undefined) {
    throw new UserError(
      `${folder}: expected a folder that scratchlm prepare made, got one without ${manifestName}. Check the path.`,
    );
  }
  if (manifest.next !== undefined) {
    throw new UserError(
      `${folder}: expected all shards, got ${manifest.shards.length} of a prepare that was stopped. Run the same prepare again: it goes on from there.`,
    );
  }
  const files: OpenTokenSource[] = [];
  try {
    for (const { file } of manifest.shards)
      files.push(openTokenFile(join(folder, file), tokenizer));
  } catch (error) {
    for (const file of files) file.close();
    throw error;
  }
  const textBytes = manifest.recipe.sources.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return new JoinedTokens(files, textBytes);
}

/** Sources one behind the other; closing it closes them. */
class JoinedTokens implements TokenShards {
  readonly length: number;
  readonly textBytes: number;
  readonly #sources: readonly OpenTokenSource[];
  readonly #starts: readonly number[];

  constructor(sources: readonly OpenTokenSource[], textBytes: number) {
    let length = 0;
    this.textBytes = textBytes;
    this.#sources = sources;
    this.#starts = sources.map((source) => (length += source.length) - source.length);
    this.length = length;
  }

  read(start: number, count: number, out: Int32Array): void {
    checkRange(this, start, count);
    let index = this.#starts.findLastIndex((first) => first <= start);
    for (let done = 0; done < count; index++) {
      const from = start + done - this.#starts[index];
      const part = Math.min(count - done, this.#sources[index].length - from);
      this.#sources[index].read(from, part, out.subarray(done));
      done += part;
    }
  }

  close(): void {
    for (const source of this.#sources) source.close();
  }
}
