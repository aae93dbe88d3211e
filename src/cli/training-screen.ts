/** @file Shows a training run: a line that is redrawn where a person watches, plain lines now and then where none does. */
import type {
  CpuFallbacks,
  EvaluationReport,
  PretrainObserver,
  StepReport,
} from "../training/index.ts";
import { describeCpuFallbacks } from "./cpu-fallbacks.ts";
import { progressLine } from "./progress-line.ts";
import { paint } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

const redrawMs = 100;
const plainLineMs = 5000;
const clearLine = "\r\u001b[2K";

export class TrainingScreen implements PretrainObserver {
  readonly #terminal: Terminal;
  #report: StepReport | undefined;
  #validationLoss: number | undefined;
  #tokensPerSecond: number | undefined;
  #shownAt = -Infinity;
  #isLineOpen = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  onCpuFallbacks(fallbacks: CpuFallbacks): void {
    const text = describeCpuFallbacks({ ...fallbacks });
    if (text !== "") this.print(text.trimEnd());
  }

  onStep(report: StepReport): void {
    const before = this.#tokensPerSecond ?? report.tokensPerSecond;
    this.#tokensPerSecond = 0.9 * before + 0.1 * report.tokensPerSecond; // single steps jump
    this.#report = { ...report, tokensPerSecond: this.#tokensPerSecond };
    const isLast = report.step === report.totalSteps;
    const restMs = this.#terminal.isInteractive ? redrawMs : plainLineMs;
    if (isLast || performance.now() - this.#shownAt >= restMs) this.#show();
  }

  onEvaluation(report: EvaluationReport): void {
    this.#validationLoss = report.validationLoss;
    this.#show();
  }

  onSample(step: number, text: string): void {
    const written = text.trim().replaceAll("\n", "\n  ");
    this.print(`${paint(this.#terminal, "dim", `after step ${step} it writes:`)}\n  ${written}`);
  }

  /** Prints lines above the one that is redrawn. */
  print(text: string): void {
    this.#terminal.stdout.write(`${this.#isLineOpen ? clearLine : ""}${text}\n`);
    this.#isLineOpen = false;
  }

  /** Shows `text` until the next progress; only where a person watches. */
  note(text: string): void {
    if (!this.#terminal.isInteractive) return;
    this.#terminal.stdout.write(clearLine + text.slice(0, this.#terminal.columns - 1));
    this.#isLineOpen = true;
  }

  /** Takes the line that is redrawn away. */
  clear(): void {
    if (this.#isLineOpen) this.#terminal.stdout.write(clearLine);
    this.#isLineOpen = false;
  }

  /** Leaves the last progress where it is. */
  end(): void {
    if (this.#isLineOpen) this.#terminal.stdout.write("\n");
    this.#isLineOpen = false;
  }

  #show(): void {
    if (this.#report === undefined) return;
    this.#shownAt = performance.now();
    const progress = { report: this.#report, validationLoss: this.#validationLoss };
    if (this.#terminal.isInteractive) {
      this.note(progressLine(progress, this.#terminal.columns - 1));
    } else this.print(progressLine(progress));
  }
}
