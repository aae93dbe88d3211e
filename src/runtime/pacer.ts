/** @file Long work in slices, so that a server answers and a progress bar moves meanwhile. */
import { setImmediate } from "node:timers/promises";

/** Work between two rests, in ms: far below the 20 ms that the event loop may stand still. */
const maxBusyMs = 5;

/** Lets the event loop run between slices of work, but not more often than it pays. */
export class Pacer {
  #busySince = performance.now();

  /** Call between slices of a few ms at most. */
  async rest(): Promise<void> {
    if (performance.now() - this.#busySince < maxBusyMs) return;
    await setImmediate();
    this.#busySince = performance.now();
  }
}
