/** @file Writing more than memory holds: the next piece waits until the reader of a pipe has taken enough of the last. */
import { once } from "node:events";
import { Writable } from "node:stream";
import type { TextSink } from "./terminal.ts";

/** Writes `text`, and waits while the sink is full. */
export async function writeFlowing(sink: TextSink, text: string): Promise<void> {
  sink.write(text);
  if (sink instanceof Writable && sink.writableNeedDrain) await once(sink, "drain");
}
