/** @file A thread that encodes blocks until it is terminated. */
import { parentPort, workerData } from "node:worker_threads";
import { UserError } from "../../errors.ts";
import type { Block } from "./blocks.ts";
import { encodeBlock } from "./encode-block.ts";
import type { EncodedBlock } from "./encode-block.ts";
import { loadFromSource } from "./tokenizer-source.ts";
import type { TokenizerSource } from "./tokenizer-source.ts";

export interface WorkerData {
  readonly tokenizer: TokenizerSource;
  readonly separator: readonly number[];
}

/** What comes of a block: ids, or what a person can mend. */
export type Answer = EncodedBlock | { readonly userError: string };

const { tokenizer: source, separator } = workerData as WorkerData;
const tokenizer = await loadFromSource(source);

parentPort?.on("message", (block: Block) => {
  try {
    const encoded = encodeBlock(block, tokenizer, separator);
    parentPort?.postMessage(encoded, [encoded.ids.buffer as ArrayBuffer]);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    parentPort?.postMessage({ userError: error.message });
  }
});
