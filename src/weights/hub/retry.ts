/** @file Trying again: longer waits each time, and no end as long as something comes through. */
import { setTimeout as sleep } from "node:timers/promises";
import { PassingFailure, unreachable } from "./http.ts";

export interface RetryOptions {
  readonly signal?: AbortSignal | undefined;
  /** Tries without progress before giving up. */
  readonly tries?: number | undefined;
  /** The first wait, in ms; each later one is twice as long. */
  readonly firstWaitMs?: number | undefined;
}

const longestWaitMs = 60_000;

/** Calls `attempt` until it returns. It is given `progressed`, to call when some of the work is done for good. */
export async function retrying<T>(
  url: string,
  attempt: (progressed: () => void) => Promise<T>,
  { signal, tries = 6, firstWaitMs = 500 }: RetryOptions = {},
): Promise<T> {
  let failures = 0;
  for (;;) {
    try {
      return await attempt(() => (failures = 0));
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof PassingFailure)) throw error;
      failures++;
      if (failures >= tries) throw unreachable(url, `${error.message} ${failures} times`);
      const jitter = 0.5 + Math.random(); // many clients do not come back at once
      const waitMs = error.waitMs ?? firstWaitMs * 2 ** (failures - 1) * jitter;
      await sleep(Math.min(waitMs, longestWaitMs), undefined, signal && { signal });
    }
  }
}
