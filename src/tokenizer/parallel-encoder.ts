/** @file Encoding over all cores in Node: the same ids as in one thread, in the same order. */
import type { Worker } from "node:worker_threads";
import { UserError } from "../errors.ts";
import { type SpecialTokenOptions, withLists } from "./bpe/special-tokens.ts";
import { pack } from "./portable-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";

export interface ParallelOptions {
  /** How many threads encode (default: one for each core). */
  readonly numThreads?: number;
}

/** What a thread is to encode. */
export interface Job {
  readonly texts: readonly string[];
  readonly options: SpecialTokenOptions;
}

/** The ids of each text, or nothing when one of them is an error. */
export interface JobResult {
  readonly ids: Uint32Array[] | undefined;
}

interface WaitingJob extends Job {
  readonly resolve: (ids: Uint32Array[]) => void;
  readonly reject: (error: unknown) => void;
}

const unitsPerJob = 1 << 18; // a millisecond or more of work, so that messages do not count
// Beside this module or the bundle that has it. Not written as bundlers look for it: a browser's bundle has no need of the program.
const program = import.meta.url.replace(/[^/]+(?=\.[jt]s$)/, "parallel-worker");
// The source runs as it is from Node 22.18 on; before, and in tests, this thread does the work.
const canRunProgram = !program.endsWith(".ts");

interface BuiltinModules {
  readonly "node:os": typeof import("node:os");
  readonly "node:worker_threads": typeof import("node:worker_threads");
}

/** Threads that encode; `close` ends them. They do not keep the program alive while they have nothing to do. */
export class ParallelEncoder {
  readonly #tokenizer: Tokenizer;
  readonly #idle: Worker[] = [];
  readonly #all: Worker[] = [];
  readonly #queue: WaitingJob[] = [];
  readonly #running = new Map<Worker, WaitingJob>();

  private constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** Starts the threads; throws where there are none, as in a browser. */
  static start(tokenizer: Tokenizer, { numThreads }: ParallelOptions = {}): ParallelEncoder {
    const encoder = new ParallelEncoder(tokenizer);
    const { Worker } = builtinModule("node:worker_threads");
    const count = numThreads ?? builtinModule("node:os").availableParallelism();
    if (!Number.isInteger(count) || count < 1) {
      throw new UserError(
        `encode in parallel: expected a number of threads from 1 on, got ${count}. Leave it out for one for each core.`,
      );
    }
    const workerData = pack(tokenizer);
    for (let i = 0; i < count && canRunProgram; i++) {
      encoder.#add(new Worker(new URL(program), { workerData }));
    }
    return encoder;
  }

  /** Ids of each text. The first text that is an error rejects, as `encode` would throw. */
  async encodeBatch(
    texts: readonly string[],
    options: SpecialTokenOptions = {},
  ): Promise<Uint32Array[]> {
    const plain = withLists(options); // iterables cannot be sent
    const jobs = batches(texts).map((batch) => this.#encode(batch, plain));
    return (await Promise.all(jobs)).flat();
  }

  /** Ends the threads; what they have not finished is rejected. */
  async close(): Promise<void> {
    const threads = this.#all.splice(0);
    this.#idle.length = 0;
    this.#fail(closed());
    await Promise.all(threads.map((worker) => worker.terminate()));
  }

  #encode(texts: readonly string[], options: SpecialTokenOptions): Promise<Uint32Array[]> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ texts, options, resolve, reject });
      this.#startNext();
    });
  }

  #add(worker: Worker): void {
    worker.on("message", ({ ids }: JobResult) => {
      const job = this.#running.get(worker);
      this.#running.delete(worker);
      worker.unref();
      this.#idle.push(worker);
      if (job && ids) job.resolve(ids);
      else if (job) this.#encodeHere(job);
      this.#startNext();
    });
    worker.on("error", (error) => this.#fail(error));
    worker.on("exit", () => this.#fail(closed()));
    worker.unref();
    this.#all.push(worker);
    this.#idle.push(worker);
  }

  #startNext(): void {
    if (this.#all.length === 0) {
      for (const job of this.#queue.splice(0)) this.#encodeHere(job);
      return;
    }
    const worker = this.#queue.length > 0 ? this.#idle.pop() : undefined;
    const job = worker && this.#queue.shift();
    if (!worker || !job) return;
    this.#running.set(worker, job);
    worker.ref();
    worker.postMessage({ texts: job.texts, options: job.options } satisfies Job);
  }

  #fail(error: unknown): void {
    const jobs = [...this.#running.values(), ...this.#queue.splice(0)];
    this.#running.clear();
    for (const { reject } of jobs) reject(error);
  }

  #encodeHere({ texts, options, resolve, reject }: WaitingJob): void {
    try {
      resolve(texts.map((text) => this.#tokenizer.encode(text, options)));
    } catch (error) {
      reject(error);
    }
  }
}

/** Ids of each text, by threads that are started for it; worth it from about 10 MB of text on. */
export async function encodeInParallel(
  tokenizer: Tokenizer,
  texts: readonly string[],
  { numThreads, ...options }: ParallelOptions & SpecialTokenOptions = {},
): Promise<Uint32Array[]> {
  const encoder = ParallelEncoder.start(tokenizer, numThreads === undefined ? {} : { numThreads });
  try {
    return await encoder.encodeBatch(texts, options);
  } finally {
    await encoder.close();
  }
}

/** A module of Node, asked for so that bundlers for browsers do not look for it. */
function builtinModule<Name extends keyof BuiltinModules>(name: Name): BuiltinModules[Name] {
  const found = globalThis.process?.getBuiltinModule?.(name) as BuiltinModules[Name] | undefined;
  if (found) return found;
  throw new UserError(
    `encode in parallel: expected Node, got a runtime without ${name}. Use encodeBatch of the tokenizer.`,
  );
}

/** Texts in groups that are worth a message each. */
function batches(texts: readonly string[]): string[][] {
  const groups: string[][] = [];
  let units = unitsPerJob;
  for (const text of texts) {
    if (units >= unitsPerJob) {
      groups.push([]);
      units = 0;
    }
    groups[groups.length - 1].push(text);
    units += text.length;
  }
  return groups;
}

function closed(): Error {
  return new Error("the parallel encoder was closed before it had encoded all texts");
}
