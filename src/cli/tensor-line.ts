/** @file One line that tells how a conversion is doing. */
import type { Terminal } from "./terminal.ts";

const redrawMs = 200;
const plainLineMs = 5000;
const clearLine = "\r\u001b[2K";

/** Counts tensors: redrawn where a person watches, a line now and then where none does. */
export class TensorLine {
  readonly #terminal: Terminal;
  #shownAt = performance.now() - redrawMs;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(done: number, total: number): void {
    const { isInteractive, stderr } = this.#terminal;
    const now = performance.now();
    if (now - this.#shownAt < (isInteractive ? redrawMs : plainLineMs)) return;
    this.#shownAt = now;
    const line = `tensor ${done + 1} of ${total}`;
    stderr.write(isInteractive ? clearLine + line : `${line}\n`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#terminal.isInteractive) this.#terminal.stderr.write(clearLine);
  }
}
