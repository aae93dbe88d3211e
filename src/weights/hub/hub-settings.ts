/** @file Where published models come from and where they are kept: what the environment says, in Hugging Face's variables. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../errors.ts";

export interface HubSettings {
  /** `HF_ENDPOINT`, for instance a mirror; `https://huggingface.co` unless set. No slash at the end. */
  readonly endpoint: string;
  /** `HF_TOKEN`, or what Hugging Face's own login stored. Sent to the endpoint alone. */
  readonly token: string | undefined;
  /** What we download: `SCRATCHLM_CACHE`, else `~/.cache/scratchlm`. */
  readonly cacheFolder: string;
  /** Hugging Face's cache, which is read but never written: `HF_HUB_CACHE`, else `$HF_HOME/hub`. */
  readonly hubCacheFolder: string;
  /** `SCRATCHLM_DATA`: a folder that is looked in before anything is fetched. */
  readonly dataFolder: string | undefined;
  /** `HF_HUB_OFFLINE`: never ask the network. */
  readonly isOffline: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the settings of this process, or of another environment. Throws a UserError for an endpoint that is no URL. */
export function hubSettings(env: Environment = process.env): HubSettings {
  const caches = env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const hubHome = env["HF_HOME"] || join(caches, "huggingface");
  return {
    endpoint: endpointOf(env["HF_ENDPOINT"] || "https://huggingface.co"),
    token: env["HF_TOKEN"] || storedToken(env["HF_TOKEN_PATH"] || join(hubHome, "token")),
    cacheFolder: env["SCRATCHLM_CACHE"] || join(caches, "scratchlm"),
    hubCacheFolder: env["HF_HUB_CACHE"] || join(hubHome, "hub"),
    dataFolder: env["SCRATCHLM_DATA"] || undefined,
    isOffline: /^(1|true|yes|on)$/i.test(env["HF_HUB_OFFLINE"] ?? ""),
  };
}

function endpointOf(text: string): string {
  if (/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : "")) {
    return text.replace(/\/+$/, "");
  }
  throw new UserError(
    `HF_ENDPOINT: expected a URL such as https://huggingface.co, got "${text}". Mend or unset it.`,
  );
}

function storedToken(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8").trim() || undefined : undefined;
}
