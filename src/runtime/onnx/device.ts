/** Which devices ONNX Runtime can compute on here, and what it leaves to the CPU. */
import { UserError } from "../../errors.ts";
import { loadLibrary } from "./library.ts";
import type { OrtLibrary } from "./library.ts";
import { outCell, outValue } from "./ort-api.ts";

/** Where a session computes: all of these are in the library that `onnxruntime-node` ships. */
export type SessionDevice = "cpu" | "webgpu";

/** What became of asking for a device. */
export interface DeviceProbe {
  readonly device: SessionDevice;
  readonly isAvailable: boolean;
  /** Why not, where it is not available. */
  readonly reason?: string;
}

/** Tries each device, off the main thread; a software Vulkan driver counts as a GPU, since ONNX Runtime cannot tell. */
export async function probeDevices(): Promise<readonly DeviceProbe[]> {
  const library = await loadLibrary();
  const options = outValue((cell) => library.api.createSessionOptions(cell));
  try {
    await appendWebGpu(library, options);
    return [cpu, { device: "webgpu", isAvailable: true }];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [cpu, { device: "webgpu", isAvailable: false, reason: error.message }];
  } finally {
    library.api.releaseSessionOptions(options);
  }
}

const cpu: DeviceProbe = { device: "cpu", isAvailable: true };

/** Adds the WebGPU provider to an `OrtSessionOptions`; throws a `UserError` where there is no GPU that it can use. */
export async function appendWebGpu(library: OrtLibrary, options: bigint): Promise<void> {
  const { api } = library;
  api.addSessionConfigEntry(options, "session.record_ep_graph_assignment_info", "1");
  try {
    if (process.platform === "linux") library.koffi.load("libvulkan.so.1"); // else Dawn prints warnings of its own
    await inTurn(() => api.appendExecutionProvider.async(options, "WebGPU", null, null, 0));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const reason = message.split("was false.").at(-1) ?? message; // behind the failed check's source
    throw new UserError(
      `device webgpu: expected a GPU with Vulkan, Metal or Direct3D 12, got "${reason.trim()}". ` +
        `${vulkanAdvice()}Use the device cpu otherwise.`,
      { cause },
    );
  }
}

let lastTurn: Promise<unknown> = Promise.resolve();

/** Makes calls that touch the GPU wait for each other: all sessions share one device, which takes one thread at a time. */
export function inTurn<T>(call: () => T | Promise<T>): Promise<T> {
  const turn = lastTurn.then(call);
  lastTurn = turn.catch(() => {});
  return turn;
}

function vulkanAdvice(): string {
  return process.platform === "linux" ? "Install its Vulkan driver and libvulkan1. " : "";
}

/** Returns the operations of a session, sorted, that run on the CPU because the device it was made for has no kernel for them. */
export function readCpuFallbacks(library: OrtLibrary, session: bigint): readonly string[] {
  const { koffi, api } = library;
  const operations = new Set<string>();
  for (const subgraph of readArray(library, (items, count) =>
    api.getSessionEpGraphAssignment(session, items, count),
  )) {
    const provider = outValue((cell) => api.getAssignedSubgraphEpName(subgraph, cell));
    if (koffi.decode.string(provider) !== "CPUExecutionProvider") continue;
    const nodes = readArray(library, (items, count) =>
      api.getAssignedSubgraphNodes(subgraph, items, count),
    );
    for (const node of nodes) {
      const operation = outValue((cell) => api.getAssignedNodeOperatorType(node, cell));
      operations.add(koffi.decode.string(operation));
    }
  }
  return [...operations].sort();
}

/** Reads a native array of pointers, given as its address and its length. */
function readArray(
  { koffi }: OrtLibrary,
  fill: (items: BigUint64Array, count: BigUint64Array) => void,
): bigint[] {
  const [items, count] = [outCell(), outCell()];
  fill(items, count);
  if (count[0] === 0n) return [];
  return koffi.decode(items[0], koffi.array("void *", Number(count[0]))) as bigint[];
}
