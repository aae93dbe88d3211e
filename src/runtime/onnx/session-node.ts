/** A model run by ONNX Runtime's native library: off the main thread, into memory that the caller owns. */
import { inTurn, readCpuFallbacks } from "./device.ts";
import { loadLibrary } from "./library.ts";
import type { OrtLibrary } from "./library.ts";
import { outCell } from "./ort-api.ts";
import { Ports, readText } from "./ports.ts";
import { preparedRun } from "./prepared-run.ts";
import type { PreparedRun } from "../executable.ts";
import type { Binding, RunValue } from "./ports.ts";
import { createSessionOwning } from "./session-initializers.ts";
import { createSessionOptions } from "./session-options.ts";
import type { SessionOptions } from "./session-options.ts";

/** A loaded model. Runs may overlap, also those of one session; each takes a thread of libuv's pool while it lasts. */
export class NodeSession {
  /** Types of the operations that run on the CPU although the session was made for another device, sorted. */
  readonly cpuFallbacks: readonly string[];
  readonly #library: OrtLibrary;
  readonly #pointer: bigint;
  readonly #inputs: Ports;
  readonly #outputs: Ports;
  readonly #isOnDevice: boolean;
  readonly #hasProfile: boolean;
  #runsUnderWay = 0;
  #isReleased = false;

  private constructor(library: OrtLibrary, pointer: bigint, options: SessionOptions) {
    this.#library = library;
    this.#pointer = pointer;
    const device = options.device ?? "cpu";
    this.#isOnDevice = device !== "cpu";
    this.#inputs = new Ports(library, pointer, "input", device);
    this.#outputs = new Ports(library, pointer, "output", device);
    this.cpuFallbacks = this.#isOnDevice ? readCpuFallbacks(library, pointer) : [];
    this.#hasProfile = options.profile !== undefined;
  }

  /** Loads a `ModelProto`, off the main thread. Throws a `UserError` when the library or the device cannot be had. */
  static async create(model: Uint8Array, options: SessionOptions = {}): Promise<NodeSession> {
    const library = await loadLibrary();
    const { api, env } = library;
    const { initializers } = options;
    const nativeOptions = await createSessionOptions(library, options);
    try {
      const bytes = model.byteLength > 0 ? model : new Uint8Array(new ArrayBuffer(1));
      const load = async (): Promise<bigint> => {
        if (initializers) return createSessionOwning(library, bytes, nativeOptions, options);
        const cell = outCell();
        await api.createSessionFromArray.async(env, bytes, model.byteLength, nativeOptions, cell);
        return cell[0];
      };
      const session = await (options.device === "webgpu" ? inTurn(load) : load());
      try {
        return new NodeSession(library, session, options);
      } catch (error) {
        api.releaseSession(session);
        throw error;
      }
    } finally {
      api.releaseSessionOptions(nativeOptions);
    }
  }

  /** Names of the model's inputs, all of which a run must be given. */
  get inputNames(): readonly string[] {
    return this.#inputs.names;
  }

  /** Names of the model's outputs. */
  get outputNames(): readonly string[] {
    return this.#outputs.names;
  }

  /**
   * Computes `outputs`, some or all of the model's, into their arrays. The arrays belong to the run until the promise
   * settles: before that, write no input, read no output, detach neither. The session keeps the last arrays of each name.
   */
  async run(
    inputs: ReadonlyMap<string, RunValue>,
    outputs: ReadonlyMap<string, RunValue>,
  ): Promise<void> {
    const prepared = this.prepare(inputs, outputs);
    try {
      await prepared.run();
    } finally {
      prepared.release();
    }
  }

  /**
   * The same computation, to be repeated over the same arrays, one run at a time. Binding hundreds of arrays takes as long as
   * a small operation.
   */
  prepare(
    inputs: ReadonlyMap<string, RunValue>,
    outputs: ReadonlyMap<string, RunValue>,
  ): PreparedRun {
    this.#checkRun(inputs, outputs);
    const feeds = this.#inputs.bind(inputs);
    let fetches: Binding;
    try {
      fetches = this.#outputs.bind(outputs);
    } catch (error) {
      feeds.leave();
      throw error;
    }
    return preparedRun([feeds, fetches], () =>
      this.#whileAlive(() => this.#callRun(feeds, fetches)),
    );
  }

  /** Frees the session at once or, if runs are under way, when they end; a second call does nothing. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    if (this.#runsUnderWay === 0) this.#destroy();
  }

  /** Keeps the session until `run` has ended. */
  async #whileAlive(run: () => Promise<void>): Promise<void> {
    if (this.#isReleased) throw new Error("session: expected a live session, got a released one.");
    this.#runsUnderWay++;
    try {
      await run();
    } finally {
      this.#runsUnderWay--;
      if (this.#isReleased && this.#runsUnderWay === 0) this.#destroy();
    }
  }

  #callRun(feeds: Binding, fetches: Binding): Promise<void> {
    const run = (): Promise<void> =>
      this.#library.api.run.async(
        ...[this.#pointer, null],
        ...[feeds.names, feeds.values, feeds.count],
        ...[fetches.names, fetches.count, fetches.values],
      );
    return this.#isOnDevice ? inTurn(run) : run();
  }

  #checkRun(inputs: ReadonlyMap<string, RunValue>, outputs: ReadonlyMap<string, RunValue>): void {
    if (this.#isReleased) throw new Error("session: expected a live session, got a released one.");
    if (inputs.size < this.inputNames.length) {
      const missing = this.inputNames.find((name) => !inputs.has(name));
      throw new Error(`session: expected a value for input "${missing}", got none.`);
    }
    if (outputs.size === 0) throw new Error("session: expected outputs to compute, got none.");
  }

  #destroy(): void {
    const { api } = this.#library;
    this.#inputs.clear();
    this.#outputs.clear();
    if (this.#hasProfile) {
      readText(this.#library, (allocator, cell) =>
        api.sessionEndProfiling(this.#pointer, allocator, cell),
      );
    }
    if (this.#isOnDevice) void inTurn(() => api.releaseSession(this.#pointer));
    else api.releaseSession(this.#pointer);
  }
}
