/** @file Ctrl-C and SIGTERM: the first asks the work to end well, the second ends the process. */
import type { StopSignal, Terminal } from "./terminal.ts";

/** What a shell makes of a process that ended by a signal: 128 and its number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const satisfies Record<StopSignal, number>;

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** 130 after Ctrl-C, 143 after SIGTERM, undefined where none came. */
  readonly exitCode: number | undefined;
  /** Gives signals their usual meaning back. */
  end(): void;
}

/** Listens until `end`; `onFirst` is called at the first signal, to say that the work is ending. */
export function listenForInterruption(terminal: Terminal, onFirst: () => void): Interruption {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const end = terminal.onStopSignal((signal) => {
    if (exitCode !== undefined) return terminal.exit(exitCode);
    exitCode = exitCodes[signal];
    onFirst();
    controller.abort();
  });
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    end,
  };
}
