/** @file The folder of a prepare: whether it may be written to, what is there already, and taking away what was begun. */
import { mkdir, readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../errors.ts";
import { fileError } from "../../file-errors.ts";
import { isTemporaryName, writeFileAtomically } from "../../weights/index.ts";
import {
  type Manifest,
  manifestName,
  readManifest,
  type Recipe,
  writeManifest,
} from "./manifest.ts";
import { shardName } from "./manifest-shape.ts";

const tokenizerFile = "tokenizer.json";
const isOwnName = (name: string) =>
  shardName.test(name) || name === manifestName || name === tokenizerFile || isTemporaryName(name);

export interface OpenedFolder {
  readonly manifest: Manifest;
  /** The part of the path that was made for it, as `mkdir` tells. */
  readonly made: string | undefined;
}

/** Makes a folder ready for `recipe`: new, or with what an earlier prepare of the same recipe finished. */
export async function openFolder(
  folder: string,
  recipe: Recipe,
  { tokenizerJson, overwrite }: { readonly tokenizerJson: string; readonly overwrite: boolean },
): Promise<OpenedFolder> {
  const made = await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw fileError(error, folder, "a folder to write to");
  });
  const found = await readManifest(folder);
  const names = await readdir(folder);
  if (found && !overwrite) {
    requireSameRecipe(folder, found.recipe, recipe);
    await removeAll(folder, names.filter(isTemporaryName)); // what a kill left
    return { manifest: found, made };
  }
  const stranger = names.find((name) => !isOwnName(name));
  if (stranger !== undefined || (!found && names.some((name) => !isTemporaryName(name)))) {
    throw new UserError(
      `${folder}: expected a new or empty folder, got one with ${stranger ?? names[0]}. Choose another with --out.`,
    );
  }
  try {
    return { manifest: await begin(folder, recipe, tokenizerJson), made };
  } catch (error) {
    await removeFolder(folder, made);
    throw error;
  }
}

/** Notes that all is still to be done, in a folder whose own files go first. */
async function begin(folder: string, recipe: Recipe, tokenizerJson: string): Promise<Manifest> {
  const names = await readdir(folder);
  await removeAll(folder, [manifestName, ...names]); // the manifest first: without it, nothing counts
  const start = {
    place: { source: 0, byte: 0, isInside: false },
    skippedTokens: 0,
    numDocuments: 0,
  };
  const manifest: Manifest = {
    ...{ format: "scratchlm token shards", version: 1, recipe },
    ...{ shards: [], numDocuments: 0, next: start },
  };
  await writeFileAtomically(join(folder, tokenizerFile), [Buffer.from(tokenizerJson)]);
  await writeManifest(folder, manifest);
  return manifest;
}

/** Takes away a prepare that finished no shard. */
export async function removeFolder(folder: string, made: string | undefined): Promise<void> {
  const names = await readdir(folder);
  await removeAll(folder, [manifestName, ...names.filter(isOwnName)]);
  if (made !== undefined) await rmdir(folder).catch(() => {}); // not empty, then it is somebody's
}

async function removeAll(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) await rm(join(folder, name), { force: true });
}

function requireSameRecipe(folder: string, found: Recipe, wanted: Recipe): void {
  const differing = (Object.keys(wanted) as (keyof Recipe)[]).find(
    (key) => JSON.stringify(found[key]) !== JSON.stringify(wanted[key]),
  );
  if (differing === undefined) return;
  throw new UserError(
    `${folder}: expected what it was begun with, got other ${words[differing]}. Choose another folder with --out, or start anew with --overwrite.`,
  );
}

const words: Readonly<Record<keyof Recipe, string>> = {
  ...{ tokenizer: "tokens (another tokenizer)", sources: "files, or files of other sizes" },
  ...{ format: "--format", field: "--field", documentSeparator: "--document-separator" },
  ...{ endOfText: "--end-of-text", shardTokens: "--shard-tokens" },
};
