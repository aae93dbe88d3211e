/** @file A published model by name, fetched where it is not on this machine yet. */
import { UserError } from "../../errors.ts";
import { downloadFiles, type DownloadOptions } from "./download-files.ts";
import { hubSettings, type HubSettings } from "./hub-settings.ts";
import { cachedModelFolder, findCachedModel, noteCachedModel } from "./model-cache.ts";
import { listRepository, repositoryName, wantedFiles } from "./repository.ts";

export interface ModelDownloadOptions extends DownloadOptions {
  /** A branch, a tag or a commit; `main` unless said. */
  readonly revision?: string | undefined;
  /** Only the files that match one of these patterns, where `*` stands for any characters. */
  readonly include?: readonly string[] | undefined;
  /** Where to put it; the cache unless said. */
  readonly folder?: string | undefined;
  readonly settings?: HubSettings | undefined;
}

export interface DownloadedModel {
  readonly name: string;
  /** 40 hex digits; undefined where Hugging Face's cache does not say. */
  readonly commit: string | undefined;
  readonly folder: string;
  readonly files: readonly string[];
  /** Whether nothing was asked of the network. */
  readonly wasCached: boolean;
}

/**
 * Fetches `model` (`gpt2`, or `organisation/name`), each file checked against the hub's checksum. What is in our cache
 * or in Hugging Face's is not fetched again when the revision is a commit or the network is switched off.
 */
export async function downloadModel(
  model: string,
  options: ModelDownloadOptions = {},
): Promise<DownloadedModel> {
  const { revision = "main", include = [], settings = hubSettings() } = options;
  const name = repositoryName(model);
  if (name === undefined) {
    throw new UserError(
      `download: expected a model such as gpt2 or organisation/name, got "${model}".`,
    );
  }
  if (settings.isOffline || /^[0-9a-f]{40}$/.test(revision)) {
    const cached =
      options.folder === undefined && include.length === 0
        ? await findCachedModel(name, revision, settings)
        : undefined;
    if (cached) return { name, commit: undefined, folder: cached, files: [], wasCached: true };
    if (settings.isOffline) throw offline(name);
  }
  const repository = await listRepository(name, revision, settings, options);
  const { commit } = repository;
  const files = wantedFiles(repository, include);
  const folder = options.folder ?? cachedModelFolder(name, commit, settings);
  await downloadFiles(files, folder, options);
  if (options.folder === undefined) await noteCachedModel(name, { revision, commit }, settings);
  return { name, commit, folder, files: files.map(({ path }) => path), wasCached: false };
}

function offline(name: string): UserError {
  return new UserError(
    `${name}: expected it in the cache, got none, and HF_HUB_OFFLINE is set. Unset it to download.`,
  );
}
