/** @file A terminal that keeps what is written to it and presses Ctrl-C when told to. */
import { Readable } from "node:stream";
import { runCli } from "../run-cli.ts";
import type { StopSignal, Terminal } from "../terminal.ts";

export interface CapturedTerminal extends Terminal {
  readonly output: string;
  readonly errors: string;
  /** Codes given to `exit`, which here ends nothing. */
  readonly exits: readonly number[];
  send(signal: StopSignal): void;
}

export interface CaptureOptions {
  readonly stdin?: string | Uint8Array;
  readonly isInteractive?: boolean;
  readonly columns?: number;
  /** Called with all that was written to `stdout` so far, after each writing. */
  readonly onOutput?: (output: string, terminal: CapturedTerminal) => void;
}

export function capturedTerminal(options: CaptureOptions = {}): CapturedTerminal {
  const { stdin = "", isInteractive = false, columns = 80, onOutput } = options;
  const listeners = new Set<(signal: StopSignal) => void>();
  const [output, errors, exits]: [string[], string[], number[]] = [[], [], []];
  const terminal: CapturedTerminal = {
    ...{
      isInteractive,
      columns,
      exits,
      hasColor: false,
      stdin: Readable.from([Buffer.from(stdin as Uint8Array)]),
    },
    stdout: {
      write(text) {
        output.push(text);
        onOutput?.(output.join(""), terminal);
      },
    },
    stderr: { write: (text) => void errors.push(text) },
    get output() {
      return output.join("");
    },
    get errors() {
      return errors.join("");
    },
    onStopSignal(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    exit: (code) => void exits.push(code),
    send(signal) {
      for (const listener of listeners) listener(signal);
    },
  };
  return terminal;
}

export interface Outcome {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs a command line and keeps what came of it. */
export async function runCaptured(
  words: readonly string[],
  options?: CaptureOptions,
): Promise<Outcome> {
  const terminal = capturedTerminal(options);
  const exitCode = await runCli(words, terminal);
  return { exitCode, output: terminal.output, errors: terminal.errors };
}
