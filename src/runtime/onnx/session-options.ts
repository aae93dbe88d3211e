/** The options of a session, and what they are set to in ONNX Runtime. */
import { availableParallelism } from "node:os";
import { appendWebGpu } from "./device.ts";
import type { SessionDevice } from "./device.ts";
import type { OrtLibrary } from "./library.ts";
import { outValue } from "./ort-api.ts";
import type { GivenInitializers } from "./session-initializers.ts";

/** How far ONNX Runtime may rewrite a graph before running it. */
export type GraphOptimization = "none" | "basic" | "extended" | "all";

/** Options of `NodeSession.create`. */
export interface SessionOptions {
  /** Default "cpu". */
  readonly device?: SessionDevice;
  /** Threads that share one operation; default `defaultThreads()`. */
  readonly threads?: number;
  /** The initializers that the model has as inputs. The session takes a copy of each, in turn. */
  readonly initializers?: GivenInitializers;
  /** Whether nobody will hold an initializer that was taken: then its memory is given back before much more is. Default false. */
  readonly ownsInitializers?: boolean;
  /** The folder of the files that the model's initializers are in, if they are in files; these are mapped, not read, to memory. */
  readonly externalFolder?: string;
  /** Default "all". */
  readonly graphOptimization?: GraphOptimization;
  /** Path prefix of a profile in Chrome's trace format, written when the session is released. */
  readonly profile?: string;
}

const optimizationLevels = { none: 0, basic: 1, extended: 2, all: 99 } as const;
const maxDefaultThreads = 16;

/** All cores, at most 16: beyond that, the matrices of the models trained here leave threads waiting for each other. */
export function defaultThreads(): number {
  return Math.min(availableParallelism(), maxDefaultThreads);
}

/** Creates an `OrtSessionOptions` with everything but the initializers set; the caller releases it. */
export async function createSessionOptions(
  library: OrtLibrary,
  options: SessionOptions,
): Promise<bigint> {
  const { api } = library;
  const threads = options.threads ?? defaultThreads();
  if (!Number.isInteger(threads) || threads < 1) {
    throw new Error(`session: expected threads to be a whole number from 1, got ${threads}.`);
  }
  const pointer = outValue((cell) => api.createSessionOptions(cell));
  try {
    api.setSessionExecutionMode(pointer, 0); // sequential: parallel takes twice as long
    // Without memory patterns a step's peak is 40 % lower and no slower; without ONNX Runtime's arena, left on, twice as high.
    api.disableMemPattern(pointer);
    api.setSessionLogSeverityLevel(pointer, 4); // fatal only: an error is thrown, and need not be printed too
    const level = optimizationLevels[options.graphOptimization ?? "all"];
    api.setSessionGraphOptimizationLevel(pointer, level);
    api.setIntraOpNumThreads(pointer, threads);
    if (options.externalFolder !== undefined) {
      const key = "session.model_external_initializers_file_folder_path";
      api.addSessionConfigEntry(pointer, key, options.externalFolder);
    }
    if (options.device === "webgpu") await appendWebGpu(library, pointer);
    if (options.profile !== undefined) api.enableProfiling(pointer, options.profile);
  } catch (error) {
    api.releaseSessionOptions(pointer);
    throw error;
  }
  return pointer;
}
