/**
 * The functions of ONNX Runtime's C API that we call. The API is one table of function pointers, `OrtApi`, which only ever
 * grows at its end, so that a slot keeps its number for good (include/onnxruntime/core/session/onnxruntime_c_api.h).
 */
import type koffi from "koffi";

/** Version of the table that we ask for: 24 added `Session_GetEpGraphAssignmentInfo`, the newest function used here. */
export const ortApiVersion = 24;

/** A native argument: a pointer, a number, a string to be copied, or memory passed in place. */
export type NativeArgument = bigint | number | string | boolean | null | NodeJS.ArrayBufferView;

/** A function that returns an `OrtStatus`: throws its message; `async` runs it on a thread of libuv's pool. */
export interface StatusFunction {
  (...values: NativeArgument[]): void;
  async(...values: NativeArgument[]): Promise<void>;
}

type Result = "status" | "str" | "void" | "void *";
type Signature<R extends Result> = readonly [slot: number, result: R, ...parameters: string[]];

const pointer = "void *";
const path = process.platform === "win32" ? "str16" : "str"; // ORTCHAR_T

const ortSignatures = {
  getErrorMessage: [2, "str", pointer],
  createEnv: [3, "status", "int32", "str", pointer],
  createSessionFromArray: [8, "status", pointer, pointer, "size_t", pointer, pointer],
  run: [9, "status", ...[pointer, pointer, pointer, pointer, "size_t", pointer, "size_t", pointer]],
  createSessionOptions: [10, "status", pointer],
  setSessionExecutionMode: [13, "status", pointer, "int32"],
  enableProfiling: [14, "status", pointer, path],
  disableMemPattern: [17, "status", pointer],
  disableCpuMemArena: [19, "status", pointer],
  setSessionLogSeverityLevel: [22, "status", pointer, "int32"],
  setSessionGraphOptimizationLevel: [23, "status", pointer, "int32"],
  setIntraOpNumThreads: [24, "status", pointer, "int32"],
  sessionGetInputCount: [30, "status", pointer, pointer],
  sessionGetOutputCount: [31, "status", pointer, pointer],
  sessionGetInputTypeInfo: [33, "status", pointer, "size_t", pointer],
  sessionGetOutputTypeInfo: [34, "status", pointer, "size_t", pointer],
  sessionGetInputName: [36, "status", pointer, "size_t", pointer, pointer],
  sessionGetOutputName: [37, "status", pointer, "size_t", pointer, pointer],
  createTensor: [48, "status", pointer, pointer, "size_t", "int32", pointer],
  createTensorWithData: [
    49,
    "status",
    ...[pointer, pointer, "size_t", pointer, "size_t", "int32", pointer],
  ],
  getTensorMutableData: [51, "status", pointer, pointer],
  castTypeInfoToTensorInfo: [55, "status", pointer, pointer],
  getTensorElementType: [60, "status", pointer, pointer],
  createMemoryInfo: [68, "status", "str", "int32", "int32", "int32", pointer],
  createCpuMemoryInfo: [69, "status", "int32", "int32", pointer],
  allocatorFree: [76, "status", pointer, pointer],
  getAllocatorWithDefaultOptions: [78, "status", pointer],
  releaseStatus: [93, "void", pointer],
  releaseMemoryInfo: [94, "void", pointer],
  releaseSession: [95, "void", pointer],
  releaseValue: [96, "void", pointer],
  releaseTypeInfo: [98, "void", pointer],
  releaseSessionOptions: [100, "void", pointer],
  sessionEndProfiling: [110, "status", pointer, pointer, pointer],
  addSessionConfigEntry: [130, "status", pointer, "str", "str"],
  createAllocator: [131, "status", pointer, pointer, pointer],
  releaseAllocator: [132, "void", pointer],
  addExternalInitializers: [210, "status", pointer, pointer, pointer, "size_t"],
  appendExecutionProvider: [216, "status", pointer, "str", pointer, pointer, "size_t"],
  releaseValueInfo: [285, "void", pointer],
  releaseGraph: [287, "void", pointer],
  releaseModel: [288, "void", pointer],
  getModelEditorApi: [291, "void *"],
  copyTensors: [386, "status", pointer, pointer, pointer, pointer, "size_t"],
  getSessionEpGraphAssignment: [407, "status", pointer, pointer, pointer],
  getAssignedSubgraphEpName: [408, "status", pointer, pointer],
  getAssignedSubgraphNodes: [409, "status", pointer, pointer, pointer],
  getAssignedNodeOperatorType: [412, "status", pointer, pointer],
} as const satisfies Record<string, Signature<Result>>;

/** Slots of `OrtModelEditorApi`, a table of the same kind, which changes a loaded model before its session is made. */
const editorSignatures = {
  createValueInfo: [5, "status", "str", pointer, pointer],
  createGraph: [7, "status", pointer],
  setGraphInputs: [8, "status", pointer, pointer, "size_t"],
  addInitializerToGraph: [10, "status", pointer, "str", pointer, "bool"],
  createModel: [12, "status", pointer, pointer, "size_t", pointer],
  addGraphToModel: [13, "status", pointer, pointer],
  createSessionFromArray: [16, "status", pointer, pointer, "size_t", pointer, pointer],
  applyModel: [18, "status", pointer, pointer],
  finalizeSession: [19, "status", pointer, pointer, pointer],
} as const satisfies Record<string, Signature<Result>>;

type Native<R extends Result> = R extends "status"
  ? StatusFunction
  : R extends "str"
    ? (pointer: bigint) => string
    : R extends "void *"
      ? () => bigint
      : (pointer: bigint) => void;
type Bound<S extends Record<string, Signature<Result>>> = {
  readonly [N in keyof S]: Native<S[N][1]>;
};

/** The API's functions by name. */
export type OrtApi = Bound<typeof ortSignatures> & {
  readonly editor: Bound<typeof editorSignatures>;
};

type Koffi = typeof koffi;
type NativeFunction = ReturnType<ReturnType<Koffi["load"]>["func"]>;

/** Declares every function of the table that begins at `table`, and of its part that edits models. */
export function bindOrtApi(koffi: Koffi, table: bigint): OrtApi {
  const bind = <S extends Record<string, Signature<Result>>>(
    table: bigint,
    signatures: S,
    api: () => OrtApi,
  ): Bound<S> => {
    const bound: Record<string, unknown> = {};
    for (const [name, [slot, result, ...parameters]] of Object.entries(signatures)) {
      const address = koffi.decode(table, slot * koffi.sizeof(pointer), pointer) as bigint;
      const prototype = koffi.proto(result === "status" ? pointer : result, parameters);
      const native = koffi.decode(address, prototype) as NativeFunction;
      bound[name] = result === "status" ? statusFunction(native, api) : native;
    }
    return bound as Bound<S>;
  };
  const functions = bind(table, ortSignatures, () => api);
  const editor = bind(functions.getModelEditorApi(), editorSignatures, () => api);
  const api: OrtApi = { ...functions, editor };
  return api;
}

/** What calls under way point at: memory passed by address must outlive them. */
const underWay = new Set<readonly NativeArgument[]>();

function statusFunction(native: NativeFunction, api: () => OrtApi): StatusFunction {
  const call = (...values: NativeArgument[]): void => check(api(), native(...values));
  const async = (...values: NativeArgument[]): Promise<void> =>
    new Promise<bigint | null>((resolve, reject) => {
      underWay.add(values);
      native.async(...values, (error: unknown, status: bigint | null) =>
        error ? reject(error) : resolve(status),
      );
    })
      .finally(() => underWay.delete(values))
      .then((status) => check(api(), status));
  return Object.assign(call, { async });
}

function check(api: OrtApi, status: bigint | null): void {
  if (status === null) return;
  const message = api.getErrorMessage(status);
  api.releaseStatus(status);
  throw new Error(`onnx runtime: ${message}`);
}

/** A cell that a function writes a pointer or a `size_t` into. */
export function outCell(): BigUint64Array<ArrayBuffer> {
  return new BigUint64Array(new ArrayBuffer(8)); // its own buffer: a short array without one may move
}

/** Calls `fill` with a fresh cell and returns what was written there. */
export function outValue(fill: (cell: BigUint64Array<ArrayBuffer>) => void): bigint {
  const cell = outCell();
  fill(cell);
  return cell[0];
}
