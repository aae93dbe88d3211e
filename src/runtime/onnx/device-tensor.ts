/** Tensors that stay on the GPU between runs: parameters, optimizer state, a KV cache. */
import { inTurn } from "./device.ts";
import { checkTensor, elementCount, elementTypes } from "./element-type.ts";
import type { OnnxDType, TensorData, TensorValue } from "./element-type.ts";
import { loadLibrary } from "./library.ts";
import type { OrtLibrary } from "./library.ts";
import { encodeModel } from "./model.ts";
import { outCell, outValue } from "./ort-api.ts";
import { createHostTensor, nativeShape, OrtTensor } from "./ort-tensor.ts";
import { createSessionOptions } from "./session-options.ts";

/** A tensor on the device; `NodeSession.run` takes it as an input, as an output, or as both in place. */
export class DeviceTensor {
  readonly dtype: OnnxDType;
  readonly shape: readonly number[];
  readonly #library: OrtLibrary;
  readonly #tensor: OrtTensor;

  constructor(library: OrtLibrary, tensor: OrtTensor) {
    this.#library = library;
    this.#tensor = tensor;
    this.dtype = tensor.dtype;
    this.shape = tensor.shape;
  }

  /** Copies host data to the device; the array must not change before the promise settles. */
  async write(data: TensorData): Promise<void> {
    await this.#copy(data, "write");
  }

  /** Copies the tensor into `data`, after the runs asked for before. */
  async read(data: TensorData): Promise<void> {
    await this.#copy(data, "read");
  }

  /** Frees the memory, after the runs under way that use it. */
  release(): void {
    this.#tensor.drop();
  }

  /** Returns the value for native calls; throws if it was released. */
  native(): OrtTensor {
    if (this.#tensor.isDropped) {
      throw new Error("device tensor: expected a live one, got one released.");
    }
    return this.#tensor;
  }

  async #copy(data: TensorData, direction: "read" | "write"): Promise<void> {
    const device = this.native();
    const value = { dtype: this.dtype, shape: this.shape, data };
    checkTensor(`device tensor: ${direction}`, value);
    if (data.length === 0) return;
    const host = createHostTensor(this.#library, value);
    const [from, to] = direction === "write" ? [host, device] : [device, host];
    const [source, target] = [outCell(), outCell()];
    source[0] = from.pointer;
    target[0] = to.pointer;
    const { api, env } = this.#library;
    device.enter();
    try {
      await inTurn(() => api.copyTensors.async(env, source, target, null, 1));
    } finally {
      device.leave();
      host.drop();
    }
  }
}

/** The GPU's memory. It is open to every session on `webgpu` of this process, whose buffers may be shared freely. */
export class DeviceMemory {
  readonly #library: OrtLibrary;
  readonly #session: bigint;
  readonly #allocator: bigint;
  #tensors = 0;
  #isReleased = false;
  #isClosed = false;

  private constructor(library: OrtLibrary, session: bigint, allocator: bigint) {
    this.#library = library;
    this.#session = session;
    this.#allocator = allocator;
  }

  /** Opens the GPU; throws a `UserError` where there is none. */
  static async open(): Promise<DeviceMemory> {
    const library = await loadLibrary();
    const { api, env } = library;
    const options = await createSessionOptions(library, { device: "webgpu", threads: 1 });
    const session = outCell();
    try {
      const model = encodeModel(anyModel);
      await inTurn(() =>
        api.createSessionFromArray.async(env, model, model.byteLength, options, session),
      );
    } finally {
      api.releaseSessionOptions(options);
    }
    // An allocator is had from a session only; this one is kept to keep the device.
    const [deviceAllocator, id, defaultMemory] = [0, 0, 0];
    const memory = outValue((cell) =>
      api.createMemoryInfo("WebGPU_Buf", deviceAllocator, id, defaultMemory, cell),
    );
    const allocator = outValue((cell) => api.createAllocator(session[0], memory, cell));
    api.releaseMemoryInfo(memory);
    return new DeviceMemory(library, session[0], allocator);
  }

  /** Allocates a tensor whose elements are undefined. */
  async allocate(dtype: OnnxDType, shape: readonly number[]): Promise<DeviceTensor> {
    if (this.#isReleased) throw new Error("device memory: expected it open, got it released.");
    elementCount(shape);
    this.#tensors++; // before it exists, so that the memory stays open for it
    const pointer = await inTurn(() => this.#create(dtype, shape));
    const release = (value: bigint): void => void inTurn(() => this.#free(value));
    return new DeviceTensor(this.#library, new OrtTensor({ pointer, dtype, shape, release }));
  }

  /** Allocates a tensor and copies host data into it. */
  async upload(tensor: TensorValue): Promise<DeviceTensor> {
    checkTensor("device memory: upload", tensor);
    const device = await this.allocate(tensor.dtype, tensor.shape);
    try {
      await device.write(tensor.data);
    } catch (error) {
      device.release();
      throw error;
    }
    return device;
  }

  /** Closes the memory: no more allocations, and the device is given back with the last tensor. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    void inTurn(() => this.#closeWhenEmpty());
  }

  #create(dtype: OnnxDType, shape: readonly number[]): bigint {
    const { code } = elementTypes[dtype];
    const native = nativeShape(shape);
    try {
      return outValue((cell) =>
        this.#library.api.createTensor(this.#allocator, native, shape.length, code, cell),
      );
    } catch (error) {
      this.#tensors--;
      this.#closeWhenEmpty();
      throw error;
    }
  }

  #free(value: bigint): void {
    this.#library.api.releaseValue(value);
    this.#tensors--;
    this.#closeWhenEmpty();
  }

  /** Closing under live tensors would crash the process when those are released. */
  #closeWhenEmpty(): void {
    if (!this.#isReleased || this.#isClosed || this.#tensors > 0) return;
    this.#isClosed = true;
    const { api } = this.#library;
    api.releaseAllocator(this.#allocator);
    api.releaseSession(this.#session);
  }
}

const scalar = { dtype: "float32", shape: [] } as const;
const anyModel = {
  nodes: [{ opType: "Identity", inputs: ["x"], outputs: ["y"] }],
  inputs: [{ name: "x", ...scalar }],
  outputs: [{ name: "y", ...scalar }],
  initializers: [],
};
