/** @file Models that lie on this machine already: in our cache, or in Hugging Face's, which is read and never written. */
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../atomic-file.ts";
import type { HubSettings } from "./hub-settings.ts";
import { repositoryName } from "./repository.ts";

type Folders = Pick<HubSettings, "cacheFolder" | "hubCacheFolder">;

const isCommit = (revision: string) => /^[0-9a-f]{40}$/.test(revision);

/** The folder of a model that was downloaded whole, or undefined. `revision`: a branch, a tag or a commit. */
export async function findCachedModel(
  model: string,
  revision: string,
  { cacheFolder, hubCacheFolder }: Folders,
): Promise<string | undefined> {
  const name = repositoryName(model);
  if (name === undefined) return undefined;
  const ours = join(cacheFolder, "models", folderName(name));
  const theirs = join(hubCacheFolder, `models--${folderName(name)}`);
  const ourCommit = await readRef(join(ours, "refs", encodeURIComponent(revision)));
  if (ourCommit !== undefined) return join(ours, ourCommit);
  const commit = isCommit(revision) ? revision : await readRef(join(theirs, "refs", revision));
  const snapshot = join(theirs, "snapshots", commit ?? "");
  return commit !== undefined && hasWeights(snapshot) ? snapshot : undefined;
}

/** Where our cache keeps a commit of a model. */
export function cachedModelFolder(name: string, commit: string, { cacheFolder }: Folders): string {
  return join(cacheFolder, "models", folderName(name), commit);
}

/** Notes that `commit`, which `revision` stands for, is here whole. */
export async function noteCachedModel(
  name: string,
  { revision, commit }: { readonly revision: string; readonly commit: string },
  { cacheFolder }: Folders,
): Promise<void> {
  const refs = join(cacheFolder, "models", folderName(name), "refs");
  await mkdir(refs, { recursive: true });
  for (const one of new Set([revision, commit])) {
    await writeFileAtomically(join(refs, encodeURIComponent(one)), [Buffer.from(commit)]);
  }
}

const folderName = (name: string) => name.replaceAll("/", "--");

async function readRef(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  return isCommit(text.trim()) ? text.trim() : undefined;
}

/** Hugging Face's library fetches single files too: a folder without weights does not count. */
function hasWeights(folder: string): boolean {
  const names = ["model.safetensors", "model.safetensors.index.json"];
  return (
    existsSync(join(folder, "config.json")) && names.some((name) => existsSync(join(folder, name)))
  );
}
