/** @file Requests that outlast a bad network: proxies from the environment, a limit on silence, and what a failure means. */
import { type Dispatcher, EnvHttpProxyAgent, fetch, type Response } from "undici";
import { UserError } from "../../errors.ts";
import { allowLag } from "./flow.ts";

export interface HttpOptions {
  readonly token?: string | undefined;
  /** The `Range` header, for instance `bytes=100-199`. */
  readonly range?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A server that says nothing for this long is asked again. */
const silenceMs = 30_000;

let agent: Dispatcher | undefined;

/** `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` count, in either case of letters. */
function proxies(): Dispatcher {
  const limits = { headersTimeout: silenceMs, bodyTimeout: silenceMs };
  agent ??= new EnvHttpProxyAgent(limits).compose(allowLag);
  return agent;
}

/** A failure that may pass. `waitMs`: what the server asked for. */
export class PassingFailure extends Error {
  readonly waitMs: number | undefined;

  constructor(message: string, options: { waitMs?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.waitMs = options.waitMs;
  }
}

/**
 * A GET request. Redirects are followed; the token is not carried to another host. Gives 2xx and 416 answers; throws a
 * `PassingFailure` for what is worth another try, else a `UserError`.
 */
export async function get(url: string, { token, range, signal }: HttpOptions): Promise<Response> {
  const headers = {
    "accept-encoding": "identity", // lengths and ranges count the bytes of the file
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(range !== undefined && { range }),
  };
  const response = await fetch(url, {
    headers,
    dispatcher: proxies(),
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw connectionFailure(url, error);
  });
  if (response.ok || response.status === 416) return response;
  await response.body?.cancel();
  throw refusal(url, response);
}

/** What a broken connection means: some failures do not pass, such as a name that nobody knows. */
export function connectionFailure(url: string, error: unknown): Error {
  const code = codeOf(error);
  if (code !== "ENOTFOUND" && code !== "CERT_HAS_EXPIRED") {
    return new PassingFailure(code, { cause: error });
  }
  return unreachable(url, code);
}

/** The error for a host that does not answer. */
export function unreachable(url: string, got: string): UserError {
  return new UserError(
    `${new URL(url).host}: expected an answer, got ${got}. Check the network; HTTPS_PROXY names a proxy, ` +
      `HF_ENDPOINT a mirror of Hugging Face.`,
  );
}

function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return error instanceof Error ? error.message : String(error);
}

function refusal(url: string, { status, headers }: Response): Error {
  const place = url.replace(/\?.*/, "");
  if (status === 401 || status === 403) {
    return new UserError(
      `${place}: expected permission, got ${status}. Accept the model's terms on its page and set HF_TOKEN, or check the name: ` +
        `what does not exist is answered the same way.`,
    );
  }
  if (status === 404) {
    return new UserError(
      `${place}: expected a file, got 404 (not found). Check the name and the revision.`,
    );
  }
  if (status === 408 || status === 429 || status >= 500) {
    const seconds = Number(headers.get("retry-after") ?? NaN);
    const waitMs = Number.isFinite(seconds) ? seconds * 1000 : undefined;
    return new PassingFailure(`status ${status}`, { waitMs });
  }
  return new UserError(`${place}: expected an answer, got status ${status}.`);
}
