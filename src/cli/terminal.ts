/** @file What a command sees of the world: streams, the width of the window, and signals. Tests give it another one. */
import { styleText } from "node:util";
import type { Readable } from "node:stream";
import { UserError } from "../errors.ts";
import { isSystemError } from "../file-errors.ts";

/** Where text goes. */
export interface TextSink {
  write(text: string): void;
}

export type StopSignal = "SIGINT" | "SIGTERM";

export interface Terminal {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Whether a person watches `stdout`: lines may be redrawn. */
  readonly isInteractive: boolean;
  readonly hasColor: boolean;
  /** Width in characters, as it is now. */
  readonly columns: number;
  /** Calls `listener` for every Ctrl-C and SIGTERM until the function returned is called. */
  onStopSignal(listener: (signal: StopSignal) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

type Style = Parameters<typeof styleText>[0];

/** `text` in a style, or plain where there are no colours. */
export function paint(
  { hasColor }: Pick<Terminal, "hasColor">,
  style: Style,
  text: string,
): string {
  return hasColor ? styleText(style, text) : text;
}

/** What the system says of a stream that cannot be written, for a person: where a file is written to, its disk may be full. */
export function outputError(error: unknown): unknown {
  if (!isSystemError(error)) return error;
  const got = error.code === "ENOSPC" ? "a full disk" : `the error ${error.code}`;
  return new UserError(
    `output: expected a place that can be written, got ${got}. Send it elsewhere.`,
  );
}

/** A stream that is written at once, where it is a file, and then fails at once. */
function explaining(stream: NodeJS.WriteStream): TextSink {
  return {
    write(text) {
      try {
        stream.write(text);
      } catch (error) {
        throw outputError(error);
      }
    },
  };
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdout, stdin } = process;
  return {
    ...{ stdout: explaining(stdout), stderr: explaining(process.stderr), stdin },
    isInteractive: stdout.isTTY === true && process.env["TERM"] !== "dumb",
    hasColor: stdout.isTTY === true && stdout.hasColors(), // honours NO_COLOR
    get columns() {
      return stdout.columns || 80; // 0 where the window has no size yet
    },
    onStopSignal(listener) {
      process.on("SIGINT", listener).on("SIGTERM", listener);
      return () => void process.off("SIGINT", listener).off("SIGTERM", listener);
    },
    exit: (code) => process.exit(code),
  };
}
