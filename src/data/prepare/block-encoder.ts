/** @file Blocks to ids in their order, in this thread or in several others. */
import { Worker } from "node:worker_threads";
import { UserError } from "../../errors.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { Block } from "./blocks.ts";
import { encodeBlock } from "./encode-block.ts";
import type { EncodedBlock } from "./encode-block.ts";
import type { Answer, WorkerData } from "./encode-worker.ts";

/** Encodes blocks, several at a time where there are threads. */
export interface BlockEncoder {
  /** How many blocks may be under way so that no thread waits. */
  readonly depth: number;
  encode(block: Block): Promise<EncodedBlock>;
  close(): Promise<void>;
}

/** Ids of all blocks, in order. */
export async function* encodedInOrder(
  blocks: AsyncIterable<Block>,
  encoder: BlockEncoder,
): AsyncGenerator<{ readonly block: Block; readonly encoded: EncodedBlock }> {
  const underWay: { readonly block: Block; readonly answer: Promise<EncodedBlock> }[] = [];
  for await (const block of blocks) {
    const answer = encoder.encode(block);
    answer.catch(() => {}); // it is thrown when its turn comes
    underWay.push({ block, answer });
    if (underWay.length < encoder.depth) continue;
    const { block: first, answer: encoded } = underWay.shift()!;
    yield { block: first, encoded: await encoded };
  }
  for (const { block, answer } of underWay) yield { block, encoded: await answer };
}

/** Encodes in this thread. */
export function localEncoder(tokenizer: Tokenizer, separator: readonly number[]): BlockEncoder {
  return {
    depth: 1,
    async encode(block) {
      await new Promise((resolve) => setImmediate(resolve)); // signals and timers get their turn
      return encodeBlock(block, tokenizer, separator);
    },
    async close() {},
  };
}

// Run from its sources, as tests do, Node 20 cannot load a thread; the built program can.
export const canUseThreads = import.meta.url.endsWith(".js");

/** Encodes in `numThreads` threads. */
export function threadedEncoder(numThreads: number, workerData: WorkerData): BlockEncoder {
  const workers = Array.from({ length: numThreads }, () => new EncodingThread(workerData));
  return {
    depth: 2 * numThreads,
    encode: (block) => workers.reduce((a, b) => (b.load < a.load ? b : a)).encode(block),
    close: async () => void (await Promise.all(workers.map((worker) => worker.close()))),
  };
}

interface Waiting {
  resolve(encoded: EncodedBlock): void;
  reject(error: unknown): void;
}

class EncodingThread {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = []; // in the order in which blocks were sent
  #failure: unknown;

  constructor(workerData: WorkerData) {
    this.#worker = new Worker(new URL("./encode-worker.js", import.meta.url), { workerData });
    this.#worker.on("message", (answer: Answer) => {
      const waiting = this.#waiting.shift();
      if ("userError" in answer) waiting?.reject(new UserError(answer.userError));
      else waiting?.resolve(answer);
    });
    this.#worker.on("error", (error) => {
      this.#failure = error;
      for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
    });
  }

  /** Blocks that wait here. */
  get load(): number {
    return this.#waiting.length;
  }

  encode(block: Block): Promise<EncodedBlock> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(block);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
