/** @file One line that tells how far a prepare is. */
import type { Progress } from "../data/index.ts";
import { formatBytes, formatDuration } from "./number-format.ts";
import type { Terminal } from "./terminal.ts";

const redrawMs = 200;
const plainLineMs = 5000;
const clearLine = "\r\u001b[2K";

/** Shows bytes, speed and time left on `stderr`: redrawn where a person watches, a line now and then where none does. */
export class PrepareLine {
  readonly #terminal: Terminal;
  #start: { readonly doneBytes: number; readonly at: number } | undefined;
  #shownAt = performance.now();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show({ doneBytes, totalBytes }: Progress): void {
    const { isInteractive, stderr } = this.#terminal;
    const now = performance.now();
    this.#start ??= { doneBytes, at: now }; // what had been done before is no part of the speed
    if (now - this.#shownAt < (isInteractive ? redrawMs : plainLineMs)) return;
    this.#shownAt = now;
    const perMs = (doneBytes - this.#start.doneBytes) / Math.max(1, now - this.#start.at);
    const line =
      `${Math.floor((100 * doneBytes) / totalBytes)} %  ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}  ` +
      `${formatBytes(1000 * perMs)}/s  ${formatDuration((totalBytes - doneBytes) / perMs)} left`;
    stderr.write(isInteractive ? clearLine + line : `${line}\n`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#terminal.isInteractive) this.#terminal.stderr.write(clearLine);
  }
}
