/** @file `prepared.json`: what a folder of token shards is made of, and from where a prepare that was stopped goes on. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../errors.ts";
import { fileError } from "../../file-errors.ts";
import { writeFileAtomically } from "../../weights/index.ts";
import type { TokenizerIdentity } from "../token-file-header.ts";
import type { Place } from "./blocks.ts";
import { isManifest } from "./manifest-shape.ts";

export const manifestName = "prepared.json";

/** What decides about the ids: a prepare goes on only where all of it is the same. */
export interface Recipe {
  readonly tokenizer: TokenizerIdentity;
  readonly sources: readonly { readonly name: string; readonly sizeBytes: number }[];
  readonly format: "auto" | "text" | "jsonl";
  readonly field: string;
  readonly documentSeparator: string | null;
  /** Ids behind each document. */
  readonly endOfText: readonly number[];
  readonly shardTokens: number;
}

export interface Shard {
  readonly file: string;
  readonly tokenCount: number;
}

/** Where the next shard begins: `skippedTokens` ids behind those that are before `place`. */
export interface Cursor {
  readonly place: Place;
  readonly skippedTokens: number;
  /** Documents that ended before the place. */
  readonly numDocuments: number;
}

export interface Manifest {
  readonly format: "scratchlm token shards";
  readonly version: 1;
  readonly recipe: Recipe;
  readonly shards: readonly Shard[];
  readonly numDocuments: number;
  /** Undefined where all is done. */
  readonly next?: Cursor;
}

/** The manifest of a folder, or undefined where there is none. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  const path = join(folder, manifestName);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(error, path, "a list of token shards");
  }
  const manifest = parsed(text);
  if (isManifest(manifest)) return manifest;
  throw new UserError(
    `${path}: expected what scratchlm prepare writes, got something else. Prepare into another folder.`,
  );
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await writeFileAtomically(join(folder, manifestName), [new TextEncoder().encode(text)]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
