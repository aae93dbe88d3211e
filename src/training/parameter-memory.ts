/**
 * @file Parameters, their gradients and the optimizer's state, in WebAssembly memory: ONNX Runtime reads and writes the same
 * bytes in place that the kernels of `optimizer-kernels.ts` update, so a step copies nothing.
 */
import { UserError } from "../errors.ts";
import type { Parameter } from "../graph/index.ts";
import { bufferBytes, layOut } from "./memory-layout.ts";
import type { MemoryGroup } from "./memory-layout.ts";
import { kernels } from "./optimizer-kernels.ts";
import type { Kernel } from "./vector-kernel.ts";
import { allocateMemory, instantiate, pageBytes } from "../wasm/index.ts";
import type { WasmExports, WasmMemory } from "../wasm/index.ts";
import { Pacer } from "../runtime/index.ts";

/** Elements that a kernel or a copy takes at a time: 0.2 ms, or some 10 ms where pages are touched for the first time. */
const sliceLength = 1 << 18;

/** Which buffers there are besides parameter and gradient. */
export interface MemoryOptions<State extends string> {
  /** Names of the optimizer's buffers, zero at first. */
  readonly state: readonly State[];
  /** Gradients are summed over several runs: a run writes to a buffer of its own. */
  readonly accumulates?: boolean;
  /** Bytes of one memory, at most 4 GiB less a page, which is the default. */
  readonly limitBytes?: number;
}

/** The buffers of one parameter, each as long as the parameter and aligned to 64 bytes. */
export interface ParameterSlot<State extends string = string> {
  readonly parameter: Parameter;
  /** What the optimizer reads: the gradient of a step. */
  readonly gradient: Float32Array;
  /** Where a run writes its gradient: `gradient` itself unless gradients are accumulated. */
  readonly incoming: Float32Array;
  readonly state: Readonly<Record<State, Float32Array>>;
}

interface PlacedSlot<State extends string> extends ParameterSlot<State> {
  /** The kernels over this slot's memory. */
  readonly exports: WasmExports;
  /** Addresses of all buffers by name, in bytes. */
  readonly addresses: ReadonlyMap<string, number>;
}

/** Bytes that training takes for `parameters`: parameter, gradient and state together. */
export function parameterMemoryBytes(
  parameters: Iterable<Parameter>,
  options: MemoryOptions<string>,
): number {
  const groups = layOut(parameters, bufferNames(options).length, options.limitBytes);
  return groups.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
}

/** The memory of a set of parameters; their `data` are views of it. Memory is given back when nothing refers to it. */
export class ParameterMemory<State extends string = string> {
  readonly slots: readonly ParameterSlot<State>[];
  readonly #slots: readonly PlacedSlot<State>[];

  /** Use `ParameterMemory.allocate`. */
  private constructor(slots: readonly PlacedSlot<State>[]) {
    this.slots = this.#slots = slots;
  }

  /**
   * Moves `parameters`, which have numbers, into memory of their own. Throws UserError when a parameter has no numbers
   * or memory cannot be had; the parameters are as before then.
   */
  static async allocate<State extends string>(
    parameters: readonly Parameter[],
    options: MemoryOptions<State>,
  ): Promise<ParameterMemory<State>> {
    for (const parameter of parameters) void parameter.data; // throws when there are no numbers
    const names = bufferNames(options);
    const groups = layOut(parameters, names.length, options.limitBytes);
    const memories = allocateAll(groups);
    const slots: PlacedSlot<State>[] = [];
    for (const [index, group] of groups.entries()) {
      slots.push(...(await moveIn(group, memories[index], options)));
    }
    return new ParameterMemory(slots);
  }

  /**
   * Runs `kernel` over the buffers that it names, of every parameter, without blocking the event loop.
   * Returns the sum of the kernel's results, 0 when it has none.
   */
  async run<S extends string>(
    kernel: Kernel<"parameter" | "gradient" | "incoming" | State, S>,
    scalarsOf: (parameter: Parameter) => Readonly<Record<S, number>>,
  ): Promise<number> {
    const pacer = new Pacer();
    let total = 0;
    for (const { parameter, exports, addresses } of this.#slots) {
      const call = exports[kernel.function.name];
      const scalars = scalarsOf(parameter);
      const values = kernel.scalars.map((name) => scalars[name]);
      for (let at = 0; at < parameter.size; at += sliceLength) {
        const starts = kernel.buffers.map((name) => addresses.get(name)! + at * 4);
        total += call(...starts, Math.min(sliceLength, parameter.size - at), ...values) ?? 0;
        await pacer.rest();
      }
    }
    return total;
  }

  /** Sets the gradient to what the last run wrote; with `accumulates` only. */
  async startGradient(): Promise<void> {
    const pacer = new Pacer();
    for (const { incoming, gradient } of this.#slots) await copy(incoming, gradient, pacer);
  }
}

function bufferNames(options: MemoryOptions<string>): readonly string[] {
  const incoming = options.accumulates ? ["incoming"] : [];
  return ["parameter", "gradient", ...incoming, ...options.state];
}

function allocateAll(groups: readonly MemoryGroup[]): WasmMemory[] {
  try {
    return groups.map(({ sizeBytes }) => allocateMemory(Math.ceil(sizeBytes / pageBytes)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const sizeBytes = groups.reduce((total, group) => total + group.sizeBytes, 0);
    throw new UserError(
      `training: expected ${sizeBytes} bytes of memory for parameters, gradients and optimizer state, got less. ` +
        `Choose a smaller model, or give the process more address space (ulimit -v).`,
      { cause: error },
    );
  }
}

async function moveIn<State extends string>(
  { parameters }: MemoryGroup,
  memory: WasmMemory,
  options: MemoryOptions<State>,
): Promise<PlacedSlot<State>[]> {
  const exports = instantiate(
    kernels.map((kernel) => kernel.function),
    memory,
  );
  const names = bufferNames(options);
  const pacer = new Pacer();
  const slots: PlacedSlot<State>[] = [];
  for (const { parameter, address } of parameters) {
    const stride = bufferBytes(parameter);
    const addresses = new Map(names.map((name, index) => [name, address + index * stride]));
    const view = (name: string) =>
      new Float32Array(memory.buffer, addresses.get(name)!, parameter.size);
    const data = view("parameter");
    await copy(parameter.data, data, pacer);
    parameter.assign(data);
    const gradient = view("gradient");
    const incoming = options.accumulates ? view("incoming") : gradient;
    const state = Object.fromEntries(options.state.map((name) => [name, view(name)]));
    slots.push({
      parameter,
      gradient,
      incoming,
      state: state as Record<State, Float32Array>,
      exports,
      addresses,
    });
  }
  return slots;
}

async function copy(from: Float32Array, to: Float32Array, pacer: Pacer): Promise<void> {
  for (let at = 0; at < from.length; at += sliceLength) {
    to.set(from.subarray(at, at + sliceLength), at);
    await pacer.rest();
  }
}
