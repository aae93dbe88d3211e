/**
 * @file Sessions that own their weights. ONNX Runtime copies weights that it is given the usual way, and holds the copy while
 * the operators pack theirs. Here the model is loaded with its weights as inputs; then tensors in ONNX Runtime's own memory take
 * the place of these inputs, and each is freed as soon as the operator that reads it has packed it.
 */
import { collectGarbage } from "../collect-garbage.ts";
import { Pacer } from "../pacer.ts";
import { elementCount, elementTypes } from "./element-type.ts";
import type { TensorData } from "./element-type.ts";
import type { OrtLibrary } from "./library.ts";
import { bytesOf, onnxOpset } from "./model.ts";
import type { OnnxInitializer } from "./model.ts";
import { outCell, outValue } from "./ort-api.ts";
import { nativeShape } from "./ort-tensor.ts";
import { cStrings, readText } from "./ports.ts";
import type { SessionOptions } from "./session-options.ts";

/** What a session's constants are made of: by name, each read once, in this order. */
export type GivenInitializers = Iterable<readonly [name: string, value: OnnxInitializer]>;

type Ownership = Pick<SessionOptions, "initializers" | "ownsInitializers">;

interface Taken {
  readonly initializers: GivenInitializers;
  readonly reclaim: () => void;
}

/** So much garbage is worth a collection. */
const reclaimedBytes = 96 * 1024 * 1024;

/**
 * Loads a model in which `initializers` are inputs, and makes constants of them. Each is copied when the iteration comes to it
 * and not held after, so that the memory of the one before may be gone by then.
 */
export async function createSessionOwning(
  library: OrtLibrary,
  model: Uint8Array,
  nativeOptions: bigint,
  { initializers = [], ownsInitializers = false }: Ownership,
): Promise<bigint> {
  const { api, env } = library;
  const reclaim = (): void => {
    if (ownsInitializers) collectGarbage();
    library.heap.trim();
  };
  const cell = outCell();
  await api.editor.createSessionFromArray.async(env, model, model.byteLength, nativeOptions, cell);
  const session = cell[0];
  try {
    const update = await modelOf(library, session, { initializers, reclaim });
    reclaim();
    try {
      api.editor.applyModel(session, update);
    } finally {
      api.releaseModel(update);
    }
    await api.editor.finalizeSession.async(session, nativeOptions, null);
    library.heap.trim();
    return session;
  } catch (error) {
    api.releaseSession(session);
    throw error;
  }
}

/** An `OrtModel` with nothing but the initializers and the inputs that are left. */
async function modelOf(library: OrtLibrary, session: bigint, taken: Taken): Promise<bigint> {
  const { api } = library;
  const graph = outValue((cell) => api.editor.createGraph(cell));
  try {
    const given = await addInitializers(library, graph, taken);
    setInputs(library, { session, graph, given });
    const domains = cStrings(library, [""]);
    const model = outValue((cell) =>
      api.editor.createModel(domains.pointers, Int32Array.of(onnxOpset), 1, cell),
    );
    api.editor.addGraphToModel(model, graph); // which owns the graph from here on
    return model;
  } catch (error) {
    api.releaseGraph(graph);
    throw error;
  }
}

async function addInitializers(
  library: OrtLibrary,
  graph: bigint,
  { initializers, reclaim }: Taken,
): Promise<Set<string>> {
  const { editor } = library.api;
  const given = new Set<string>();
  let garbageBytes = 0;
  for (const [name, value] of initializers) {
    const tensor = await ownedTensor(library, name, value);
    const isTakenAsItIs = true;
    editor.addInitializerToGraph(graph, name, tensor, isTakenAsItIs); // and owned by the graph
    given.add(name);
    garbageBytes += bytesOf(value);
    if (garbageBytes < reclaimedBytes) continue;
    reclaim();
    garbageBytes = 0;
  }
  return given;
}

/** An `OrtValue` in memory of ONNX Runtime with the numbers of `initializer`. */
async function ownedTensor(
  library: OrtLibrary,
  name: string,
  initializer: OnnxInitializer,
): Promise<bigint> {
  const { api, koffi } = library;
  const { dtype, shape } = initializer;
  const { code, sizeBytes } = elementTypes[dtype];
  const allocator = outValue((cell) => api.getAllocatorWithDefaultOptions(cell));
  const tensor = outValue((cell) =>
    api.createTensor(allocator, nativeShape(shape), shape.length, code, cell),
  );
  try {
    const address = outValue((cell) => api.getTensorMutableData(tensor, cell));
    const count = elementCount(shape);
    const memory = new Uint8Array(koffi.view(address, count * sizeBytes));
    const written = await fill(memory, initializer.pieces?.() ?? [initializer.data]);
    if (written === memory.length) return tensor;
    throw new Error(
      `session: initializer "${name}": expected ${count} elements for shape (${shape.join(", ")}), got ${written / sizeBytes}.`,
    );
  } catch (error) {
    api.releaseValue(tensor);
    throw error;
  }
}

/** Bytes that are copied at a time: a millisecond. */
const stretchBytes = 4 * 1024 * 1024;

/** Writes pieces one after the other, as far as there is room; returns how many bytes they have. */
async function fill(memory: Uint8Array, pieces: Iterable<TensorData>): Promise<number> {
  const pacer = new Pacer();
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of pieces) {
    for (let from = 0; from < byteLength; from += stretchBytes) {
      const bytes = new Uint8Array(
        buffer,
        byteOffset + from,
        Math.min(stretchBytes, byteLength - from),
      );
      if (at + from + bytes.length <= memory.length) memory.set(bytes, at + from);
      await pacer.rest();
    }
    at += byteLength;
  }
  return at;
}

/** The inputs of the model that are not given as initializers stay its inputs. */
function setInputs(
  library: OrtLibrary,
  { session, graph, given }: { session: bigint; graph: bigint; given: ReadonlySet<string> },
): void {
  const { api } = library;
  const count = Number(outValue((cell) => api.sessionGetInputCount(session, cell)));
  const infos: bigint[] = [];
  const unknown = new Set(given);
  try {
    for (let index = 0; index < count; index++) {
      const name = readText(library, (allocator, cell) =>
        api.sessionGetInputName(session, index, allocator, cell),
      );
      if (unknown.delete(name)) continue;
      const type = outValue((cell) => api.sessionGetInputTypeInfo(session, index, cell));
      infos.push(outValue((cell) => api.editor.createValueInfo(name, type, cell)));
      api.releaseTypeInfo(type);
    }
    if (unknown.size > 0) {
      throw new Error(
        `session: expected initializers among the model's, got "${[...unknown][0]}".`,
      );
    }
    api.editor.setGraphInputs(graph, BigUint64Array.from(infos), infos.length);
  } catch (error) {
    infos.forEach(api.releaseValueInfo);
    throw error;
  }
}
