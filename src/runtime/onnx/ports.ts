/** The inputs or the outputs of a session: their names and types, and the tensors bound to them for a run. */
import type { SessionDevice } from "./device.ts";
import { checkTensor, elementTypes } from "./element-type.ts";
import type { OnnxDType, TensorValue } from "./element-type.ts";
import type { OrtLibrary } from "./library.ts";
import { outValue } from "./ort-api.ts";
import { DeviceTensor } from "./device-tensor.ts";
import { createHostTensor } from "./ort-tensor.ts";
import type { OrtTensor } from "./ort-tensor.ts";

/** Native arrays for one run: pointers to names and to `OrtValue`s. `leave` ends the use of the values. */
export interface Binding {
  readonly names: BigUint64Array<ArrayBuffer>;
  readonly values: BigUint64Array<ArrayBuffer>;
  readonly count: number;
  leave(): void;
}

/** What a run takes: a tensor in host memory, or one that stays on the session's device. */
export type RunValue = TensorValue | DeviceTensor;

interface Port {
  /** Address of the name, a C string. */
  readonly name: bigint;
  readonly dtype: OnnxDType;
  held?: HeldTensor;
}

/**
 * The tensor that a port had last, kept because making one costs more than a small operation, and a training step has
 * hundreds. Where its memory lay is kept as numbers, since a detached array forgets them.
 */
interface HeldTensor {
  readonly tensor: OrtTensor;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** All inputs or all outputs of a session. */
export class Ports {
  readonly names: readonly string[];
  readonly #library: OrtLibrary;
  readonly #device: SessionDevice;
  readonly #kind: "input" | "output";
  readonly #ports = new Map<string, Port>();
  readonly #text: CStrings;

  constructor(
    library: OrtLibrary,
    session: bigint,
    kind: "input" | "output",
    device: SessionDevice,
  ) {
    this.#library = library;
    this.#device = device;
    this.#kind = kind;
    const signature = readSignature(library, session, kind);
    this.names = signature.map(({ name }) => name);
    this.#text = cStrings(library, this.names);
    signature.forEach(({ name, dtype }, index) =>
      this.#ports.set(name, { name: this.#text.pointers[index], dtype }),
    );
  }

  /** Binds tensors to ports by name; throws, naming the port, where one does not fit. */
  bind(values: ReadonlyMap<string, RunValue>): Binding {
    const names = new BigUint64Array(new ArrayBuffer(values.size * 8 + 8));
    const pointers = new BigUint64Array(new ArrayBuffer(values.size * 8 + 8));
    const used: OrtTensor[] = [];
    const leave = (): void => used.forEach((tensor) => tensor.leave());
    try {
      for (const [name, value] of values) {
        const port = this.#ports.get(name);
        if (port === undefined) throw this.#unknown(name);
        const tensor = this.#tensor(name, port, value);
        tensor.enter();
        names[used.length] = port.name;
        pointers[used.length] = tensor.pointer;
        used.push(tensor);
      }
    } catch (error) {
      leave();
      throw error;
    }
    return { names, values: pointers, count: used.length, leave };
  }

  /** Gives up the tensors held for the next run. */
  clear(): void {
    for (const port of this.#ports.values()) {
      port.held?.tensor.drop();
      delete port.held;
    }
  }

  #tensor(name: string, port: Port, value: RunValue): OrtTensor {
    if (value instanceof DeviceTensor) return this.#deviceTensor(name, port, value);
    if (port.held !== undefined && isSame(port.held, value)) return port.held.tensor;
    const what = `session: ${this.#kind} "${name}"`;
    if (value.dtype !== port.dtype) {
      throw new Error(`${what}: expected ${port.dtype}, got ${value.dtype}.`);
    }
    checkTensor(what, value);
    const { byteOffset, byteLength } = value.data;
    const tensor = createHostTensor(this.#library, value);
    port.held?.tensor.drop();
    port.held = { tensor, byteOffset, byteLength };
    return tensor;
  }

  #deviceTensor(name: string, port: Port, value: DeviceTensor): OrtTensor {
    const what = `session: ${this.#kind} "${name}"`;
    if (this.#device !== "webgpu") {
      throw new Error(
        `${what}: expected host memory for a session on the cpu, got a device tensor.`,
      );
    }
    if (value.dtype !== port.dtype) {
      throw new Error(`${what}: expected ${port.dtype}, got ${value.dtype}.`);
    }
    return value.native();
  }

  #unknown(name: string): Error {
    const known = this.names.slice(0, 8).join(", ") + (this.names.length > 8 ? ", …" : "");
    return new Error(`session: expected ${this.#kind}s among ${known}; got "${name}".`);
  }
}

function isSame(held: HeldTensor, { dtype, shape, data }: TensorValue): boolean {
  const { tensor, byteOffset, byteLength } = held;
  return (
    data.buffer === tensor.memory &&
    data.byteOffset === byteOffset &&
    data.byteLength === byteLength &&
    dtype === tensor.dtype &&
    shape.length === tensor.shape.length &&
    shape.every((dimension, axis) => dimension === tensor.shape[axis])
  );
}

/** Text that ONNX Runtime writes into memory of its allocator. */
export function readText(
  { koffi, api }: OrtLibrary,
  write: (allocator: bigint, cell: BigUint64Array<ArrayBuffer>) => void,
): string {
  const allocator = outValue((cell) => api.getAllocatorWithDefaultOptions(cell));
  const text = outValue((cell) => write(allocator, cell));
  const name = koffi.decode.string(text);
  api.allocatorFree(allocator, text);
  return name;
}

function readSignature(
  library: OrtLibrary,
  session: bigint,
  kind: "input" | "output",
): { name: string; dtype: OnnxDType }[] {
  const { api } = library;
  const isInput = kind === "input";
  const getCount = isInput ? api.sessionGetInputCount : api.sessionGetOutputCount;
  const getName = isInput ? api.sessionGetInputName : api.sessionGetOutputName;
  const getType = isInput ? api.sessionGetInputTypeInfo : api.sessionGetOutputTypeInfo;
  const count = Number(outValue((cell) => getCount(session, cell)));
  return Array.from({ length: count }, (_, index) => {
    const name = readText(library, (allocator, cell) => getName(session, index, allocator, cell));
    const type = outValue((cell) => getType(session, index, cell));
    const info = outValue((cell) => api.castTypeInfoToTensorInfo(type, cell)); // lives in `type`
    const code = Number(outValue((cell) => api.getTensorElementType(info, cell)));
    api.releaseTypeInfo(type);
    return { name, dtype: dtypeOf(code, name) };
  });
}

function dtypeOf(code: number, name: string): OnnxDType {
  for (const [dtype, type] of Object.entries(elementTypes)) {
    if (type.code === code) return dtype as OnnxDType;
  }
  throw new Error(`session: expected "${name}" of a known type, got ONNX element type ${code}.`);
}

/** C strings and pointers to them; both must stay reachable while native code may read them. */
export interface CStrings {
  readonly pointers: BigUint64Array<ArrayBuffer>;
  readonly memory: Uint8Array;
}

/** Lays strings out as C wants them: UTF-8, each ended by a zero. */
export function cStrings({ koffi }: OrtLibrary, texts: readonly string[]): CStrings {
  const memory = new TextEncoder().encode(texts.map((text) => `${text}\0`).join("") + "\0");
  const address = koffi.address(memory);
  const pointers = new BigUint64Array(new ArrayBuffer(texts.length * 8 + 8));
  let offset = 0;
  texts.forEach((_, index) => {
    pointers[index] = address + BigInt(offset);
    offset = memory.indexOf(0, offset) + 1;
  });
  return { pointers, memory };
}
