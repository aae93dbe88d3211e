/** @file One line that tells how a download is doing. */
import type { DownloadProgress } from "../weights/index.ts";
import { formatBytes, formatDuration } from "./number-format.ts";
import type { Terminal } from "./terminal.ts";

const redrawMs = 200;
const plainLineMs = 5000;
const clearLine = "\r\u001b[2K";

/** Shows bytes, speed and time left: redrawn where a person watches, a line now and then where none does. */
export class DownloadLine {
  readonly #terminal: Terminal;
  readonly #startedAt = performance.now();
  #shownAt = -Infinity;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show({ doneBytes, totalBytes, fetchedBytes }: DownloadProgress): void {
    const { isInteractive, stderr } = this.#terminal;
    const now = performance.now();
    if (now - this.#shownAt < (isInteractive ? redrawMs : plainLineMs)) return;
    this.#shownAt = now;
    const perMs = fetchedBytes / Math.max(1, now - this.#startedAt);
    const percent = totalBytes > 0 ? Math.floor((100 * doneBytes) / totalBytes) : 0;
    const line =
      `${percent} %  ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}  ` +
      `${formatBytes(perMs * 1000)}/s  ${formatDuration((totalBytes - doneBytes) / perMs)} left`;
    stderr.write(isInteractive ? clearLine + line : `${line}\n`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#terminal.isInteractive) this.#terminal.stderr.write(clearLine);
  }
}
