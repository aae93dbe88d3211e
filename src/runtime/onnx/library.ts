/** Finds and loads the shared library of ONNX Runtime that the package `onnxruntime-node` ships, and says what to do when it cannot be had. */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type koffi from "koffi";
import { UserError } from "../../errors.ts";
import { bindOrtApi, ortApiVersion, outValue } from "./ort-api.ts";
import { nativeHeap } from "./native-heap.ts";
import type { NativeHeap } from "./native-heap.ts";
import type { OrtApi } from "./ort-api.ts";

type Koffi = typeof koffi;
type LibraryHandle = ReturnType<Koffi["load"]>;

/** ONNX Runtime, loaded: its functions, its environment, and the file and version it came from. */
export interface OrtLibrary {
  readonly koffi: Koffi;
  readonly api: OrtApi;
  /** The `OrtEnv`; it lives as long as the process. */
  readonly env: bigint;
  /** The `OrtMemoryInfo` of host memory. */
  readonly cpuMemory: bigint;
  readonly heap: NativeHeap;
  readonly version: string;
  readonly file: string;
  /** Kept because koffi unloads a library, whatever still runs in it, when its handle is collected. */
  readonly handle: LibraryHandle;
}

const remedy =
  "Install again with `npm i --ignore-scripts`, or set SCRATCHLM_RUNTIME=reference to do without it (slow).";
const libraryNames: Partial<Record<NodeJS.Platform, RegExp>> = {
  linux: /^libonnxruntime\.so\.\d+$/,
  darwin: /^libonnxruntime\..*dylib$/,
  win32: /^onnxruntime\.dll$/,
};

/** Returns the library's path: the file that SCRATCHLM_ONNXRUNTIME names, else the one in `onnxruntime-node` for this system. */
export function findLibrary(
  platform: NodeJS.Platform = process.platform,
  arch: string = process.arch,
): string {
  const named = process.env["SCRATCHLM_ONNXRUNTIME"];
  if (named) {
    if (existsSync(named)) return named;
    throw new UserError(
      `onnx runtime: expected a library at SCRATCHLM_ONNXRUNTIME, got no file at "${named}". ` +
        `Correct the path or unset the variable.`,
    );
  }
  for (const folder of binaryFolders()) {
    const home = join(folder, platform, arch);
    const names = existsSync(home) ? readdirSync(home).sort() : [];
    const name = names.find((each) => libraryNames[platform]?.test(each));
    if (name !== undefined) return join(home, name);
  }
  throw new UserError(
    `onnx runtime: expected a native library for ${platform} ${arch}, got none in the package ` +
      `onnxruntime-node. ${remedy}`,
  );
}

/** The package's folders of binaries, `bin/napi-v<n>`. */
function binaryFolders(): string[] {
  try {
    const manifest = createRequire(import.meta.url).resolve("onnxruntime-node/package.json");
    const bin = join(dirname(manifest), "bin");
    return readdirSync(bin).map((folder) => join(bin, folder));
  } catch (cause) {
    throw new UserError(
      `onnx runtime: expected the package onnxruntime-node, got none. ${remedy}`,
      { cause },
    );
  }
}

let loaded: { readonly file: string; readonly library: Promise<OrtLibrary> } | undefined;

/** Loads the library once; throws a `UserError` of one line when it is missing, broken or too old. */
export async function loadLibrary(): Promise<OrtLibrary> {
  const file = findLibrary();
  if (loaded?.file !== file) loaded = { file, library: openLibrary(file) };
  return loaded.library;
}

async function openLibrary(file: string): Promise<OrtLibrary> {
  const koffi = await loadKoffi();
  const { handle, table, version } = openTable(koffi, file);
  const api = bindOrtApi(koffi, table);
  const errorsOnly = 3; // ORT_LOGGING_LEVEL_ERROR
  const env = outValue((cell) => api.createEnv(errorsOnly, "scratchlm", cell));
  const [deviceAllocator, defaultMemory] = [0, 0]; // memory that is not ORT's own, of the usual kind
  const cpuMemory = outValue((cell) =>
    api.createCpuMemoryInfo(deviceAllocator, defaultMemory, cell),
  );
  return { koffi, api, env, cpuMemory, heap: nativeHeap(koffi), version, file, handle };
}

/** To be called before weights are read, so that their memory can be given back later; does nothing where that is not to be had. */
export async function prepareNativeHeap(): Promise<void> {
  await loadKoffi().then(nativeHeap, () => {});
}

async function loadKoffi(): Promise<Koffi> {
  let koffi: Koffi;
  try {
    koffi = (await import("koffi")).default;
  } catch (cause) {
    throw new UserError(
      `onnx runtime: expected the package koffi to load, got "${firstLine(cause)}". ${remedy}`,
      { cause },
    );
  }
  widenStacks(koffi);
  return koffi;
}

/** Koffi's asynchronous calls run on stacks of its own, 128 KiB by default: ONNX Runtime overruns those and corrupts the heap. */
const asyncStackBytes = 8 * 1024 * 1024; // as a thread has on Linux; only touched pages take memory

function widenStacks(koffi: Koffi): void {
  const current = koffi.config().async_stack_size ?? 0;
  if (current >= asyncStackBytes) return;
  try {
    koffi.config({ async_stack_size: asyncStackBytes });
  } catch (cause) {
    throw new UserError(
      `onnx runtime: expected koffi with stacks of ${asyncStackBytes} bytes, got ${current}. ` +
        `Call koffi.config({ async_stack_size: ${asyncStackBytes} }) before the first koffi.load.`,
      { cause },
    );
  }
}

function openTable(
  koffi: Koffi,
  file: string,
): { handle: LibraryHandle; table: bigint; version: string } {
  const { handle, base } = openBase(koffi, file);
  // struct OrtApiBase { const OrtApi* (*GetApi)(uint32_t); const char* (*GetVersionString)(void); }
  const [getApi, getVersion] = koffi.decode(base, koffi.array("void *", 2)) as [bigint, bigint];
  const version = koffi.call(getVersion, koffi.proto("str", [])) as string;
  const table = koffi.call(getApi, koffi.proto("void *", ["uint32"]), ortApiVersion);
  if (table !== null) return { handle, table: table as bigint, version };
  throw new UserError(
    `onnx runtime: expected 1.${ortApiVersion} or newer, got ${version} at "${file}". ${remedy}`,
  );
}

function openBase(koffi: Koffi, file: string): { handle: LibraryHandle; base: bigint } {
  try {
    const handle = koffi.load(file);
    return { handle, base: handle.func("OrtGetApiBase", "void *", [])() as bigint };
  } catch (cause) {
    throw new UserError(
      `onnx runtime: expected a library that loads, got "${firstLine(cause)}" from "${file}". ${remedy}`,
      { cause },
    );
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0];
}
