/** @file The program of the threads that `ParallelEncoder` starts; browsers never load it. */
import { parentPort, workerData } from "node:worker_threads";
import type { Job, JobResult } from "./parallel-encoder.ts";
import { unpack } from "./portable-tokenizer.ts";

const tokenizer = unpack(workerData);

parentPort?.on("message", ({ texts, options }: Job) => {
  try {
    const ids = texts.map((text) => tokenizer.encode(text, options));
    const buffers = ids.map(({ buffer }) => buffer as ArrayBuffer);
    parentPort?.postMessage({ ids } satisfies JobResult, buffers);
  } catch {
    parentPort?.postMessage({ ids: undefined } satisfies JobResult); // the caller finds out why
  }
});
