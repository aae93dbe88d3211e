/** @file What a repository of Hugging Face's hub holds at a revision, and which of it a model needs. */
import { UserError } from "../../errors.ts";
import { connectionFailure, get } from "./http.ts";
import type { HubSettings } from "./hub-settings.ts";
import type { Checksum, RemoteFile } from "./remote-file.ts";
import { retrying, type RetryOptions } from "./retry.ts";

export interface Repository {
  /** `organisation/name`. */
  readonly name: string;
  /** The commit that the revision stands for: 40 hex digits. */
  readonly commit: string;
  readonly files: readonly RemoteFile[];
}

/** Models that go by a short name. */
const shortNames: Readonly<Record<string, string>> = {
  gpt2: "openai-community/gpt2",
  "gpt2-medium": "openai-community/gpt2-medium",
  "gpt2-large": "openai-community/gpt2-large",
  "gpt2-xl": "openai-community/gpt2-xl",
};

/** `gpt2` → `openai-community/gpt2`; undefined for what cannot be the name of a repository. */
export function repositoryName(name: string): string | undefined {
  if (Object.hasOwn(shortNames, name)) return shortNames[name];
  return /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(name) && !name.includes("..") ? name : undefined;
}

/** Asks the hub for the files of `name` at `revision` (a branch, a tag or a commit). */
export async function listRepository(
  name: string,
  revision: string,
  { endpoint, token }: Pick<HubSettings, "endpoint" | "token">,
  options: RetryOptions = {},
): Promise<Repository> {
  const url = `${endpoint}/api/models/${name}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const answer = await retrying(
    url,
    async () => {
      const response = await get(url, { token, signal: options.signal });
      return response.text().catch((error: unknown) => {
        options.signal?.throwIfAborted();
        throw connectionFailure(url, error);
      });
    },
    options,
  );
  const { commit, entries } = parseListing(url, answer);
  const files = entries.map(({ rfilename, ...entry }) => ({
    path: rfilename,
    url: `${endpoint}/${name}/resolve/${commit}/${rfilename.split("/").map(encodeURIComponent).join("/")}`,
    sizeBytes: entry.lfs?.size ?? entry.size,
    checksum: checksumIn(entry),
    token,
  }));
  return { name, commit, files };
}

interface Entry {
  readonly rfilename: string;
  readonly size?: number;
  readonly blobId?: string;
  readonly lfs?: { readonly sha256?: string; readonly size?: number };
}

function parseListing(url: string, answer: string): { commit: string; entries: Entry[] } {
  const { sha, siblings } = parseObject(answer) as { sha?: unknown; siblings?: unknown };
  if (typeof sha !== "string" || !/^[0-9a-f]{40}$/.test(sha) || !Array.isArray(siblings)) {
    throw new UserError(`${url}: expected a list of files, got another answer. Check HF_ENDPOINT.`);
  }
  const entries = siblings as Entry[];
  const bad = entries.find(({ rfilename }) => !isSafePath(rfilename));
  if (bad) {
    throw new UserError(
      `${url}: expected paths inside the model's folder, got ${JSON.stringify(bad.rfilename)}.`,
    );
  }
  return { commit: sha, entries };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** Whether a path that a server names stays inside the folder it is written to, on every system. */
function isSafePath(path: unknown): boolean {
  if (typeof path !== "string" || path === "" || /[\\\0:]/.test(path)) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

function checksumIn({ lfs, blobId }: Omit<Entry, "rfilename">): Checksum | undefined {
  if (lfs?.sha256) return { kind: "sha256", hex: lfs.sha256 };
  return blobId && /^[0-9a-f]{40}$/.test(blobId) ? { kind: "git", hex: blobId } : undefined;
}

const alwaysWanted =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|vocab|added_tokens|chat_template)\.json$|^chat_template\.jinja$|^merges\.txt$|^(LICENSE|README)(\.\w+)?$/;
const weights = /^model(-\d{5}-of-\d{5})?\.safetensors$|^model\.safetensors\.index\.json$/;

/**
 * The files that a model needs to run: configuration, tokenizer and safetensors; or those that match one of `patterns`
 * (`*` stands for any characters). Throws a UserError where there is nothing to run.
 */
export function wantedFiles(
  { name, files }: Repository,
  patterns: readonly string[] = [],
): readonly RemoteFile[] {
  if (patterns.length > 0) {
    const wanted = files.filter(({ path }) => patterns.some((one) => matches(path, one)));
    if (wanted.length > 0) return wanted;
    throw new UserError(
      `--include: expected a pattern that matches a file of ${name}, got ${patterns.join(", ")}. ` +
        `It has ${listSome(files.map(({ path }) => path))}.`,
    );
  }
  if (files.some(({ path }) => weights.test(path))) {
    return files.filter(({ path }) => alwaysWanted.test(path) || weights.test(path));
  }
  const others = files.map(({ path }) => path).filter((path) => /\.(gguf|safetensors)$/.test(path));
  const advice =
    others.length > 0
      ? `Choose with --include from ${listSome(others)}.`
      : "Choose a repository with model.safetensors or GGUF files: other formats may run code when opened.";
  throw new UserError(`${name}: expected model.safetensors, got none. ${advice}`);
}

function matches(path: string, pattern: string): boolean {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${escaped}$`).test(path);
}

function listSome(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(", ");
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown || "no files";
}
