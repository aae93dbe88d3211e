/**
 * @file Puts functions into a WebAssembly module that imports its memory, and starts it. The engine's API is declared here
 * as far as it is used, because neither the language's library nor Node's types do.
 * https://webassembly.github.io/spec/core/binary/modules.html
 */
import { unsigned, valueTypes } from "./code.ts";
import type { Code, ValueType } from "./code.ts";

/** A function of a module; locals are numbered after the parameters. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly result: ValueType | undefined;
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

/** A `WebAssembly.Memory` that never grows, so views of it stay valid. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** The functions of a running module, by name. */
export type WasmExports = Readonly<Record<string, (...values: number[]) => number | undefined>>;

interface WebAssemblyApi {
  readonly Memory: new (options: { initial: number; maximum: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: WasmExports };
}

const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

/** Bytes of a page, the unit in which memory is had. */
export const pageBytes = 65_536;

/** Zeroed memory of `pages` pages, which take up room only when written. Throws RangeError when it cannot be had. */
export function allocateMemory(pages: number): WasmMemory {
  return new api.Memory({ initial: pages, maximum: pages });
}

/** Compiles `functions` and connects them to `memory`. */
export function instantiate(functions: readonly WasmFunction[], memory: WasmMemory): WasmExports {
  const module = new api.Module(assembleModule(functions));
  return new api.Instance(module, { host: { memory } }).exports;
}

/** The bytes of a module that exports `functions` and imports `host.memory`. */
function assembleModule(functions: readonly WasmFunction[]): Uint8Array {
  const anySize = [0x00, 0x00];
  const memoryImport = [...text("host"), ...text("memory"), 0x02, ...anySize];
  const exported = functions.map(({ name }, index) => [...text(name), 0x00, ...unsigned(index)]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d], // "\0asm"
    ...[0x01, 0x00, 0x00, 0x00], // version
    ...section(1, functions.map(signature)), // types, one for each function
    ...section(2, [memoryImport]),
    ...section(3, [...functions.keys()].map(unsigned)), // which type a function has
    ...section(7, exported),
    ...section(10, functions.map(implementation)),
  ]);
}

function section(id: number, items: readonly Code[]): Code {
  return [id, ...sized(list(items))];
}

function signature({ parameters, result }: WasmFunction): Code {
  const types = (names: readonly ValueType[]) => list(names.map((name) => [valueTypes[name]]));
  return [0x60, ...types(parameters), ...types(result ? [result] : [])];
}

function implementation({ locals, body }: WasmFunction): Code {
  const end = 0x0b;
  return sized([...list(locals.map((name) => [1, valueTypes[name]])), ...body, end]);
}

function list(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(code: Code): Code {
  return [...unsigned(code.length), ...code];
}

function text(value: string): Code {
  return sized([...new TextEncoder().encode(value)]);
}
