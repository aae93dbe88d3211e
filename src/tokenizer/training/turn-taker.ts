/** @file Long work in one thread that lets the event loop have its turns, and stops when it is told to. */

const busyMs = 20; // then the event loop gets a turn, so that it never waits for 50

/** Timers wait a millisecond or more, which adds up; Node has something quicker. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof globalThis.setImmediate === "function") globalThis.setImmediate(resolve);
    else setTimeout(resolve);
  });

export class TurnTaker {
  readonly #signal: AbortSignal | undefined;
  #start = performance.now();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether it is time for `take`. */
  isDue(): boolean {
    return performance.now() - this.#start > busyMs;
  }

  /** Waits until the event loop had a turn; throws the signal's reason when it was aborted. */
  async take(): Promise<void> {
    await turn();
    this.#signal?.throwIfAborted();
    this.#start = performance.now();
  }
}
