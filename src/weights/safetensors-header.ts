/**
 * The header of a safetensors file: 8 bytes of length, then JSON that maps each tensor's name to dtype, shape and place
 * in the data that follows. Checked as strictly as the format's own library does, because files come from strangers.
 * https://github.com/huggingface/safetensors#format
 */

import { UserError } from "../errors.ts";
import { duplicateKey } from "./duplicate-key.ts";
import { isJsonObject } from "./json-file.ts";

/** Bytes of one element of each dtype that is read and written here. */
export const bytesPerElement = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

/** Name of an element type, as safetensors spells it. */
export type StoredDtype = keyof typeof bytesPerElement;

/** Where a tensor lies: `start` and `sizeBytes` in bytes, counted from the first byte of data. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  readonly start: number;
  readonly sizeBytes: number;
}

/** A tensor with its elements, row-major and little-endian, as a file holds them. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

/** A tensor to write, its elements at hand or made when their turn comes, so that only one is held at a time. */
export interface WritableTensor extends Omit<StoredTensor, "data"> {
  readonly data: ArrayBufferView | (() => ArrayBufferView | Promise<ArrayBufferView>);
}

/** What a header says. */
export interface SafetensorsHeader {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The longest header that the format allows, in bytes. */
export const maxHeaderBytes = 100_000_000;

/** Bytes of a tensor's elements. */
export function sizeOf(dtype: StoredDtype, shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, bytesPerElement[dtype]);
}

/** The UserError for a file that is not what it should be. */
export function malformed(path: string, expected: string, got: string): UserError {
  return new UserError(
    `${path}: expected ${expected}, got ${got}. The file is damaged or no safetensors file: get or save it again.`,
  );
}

/** Reads the header's JSON for a file with `dataBytes` bytes of data; throws UserError naming `path` and the reason. */
export function parseHeader(json: Uint8Array, dataBytes: number, path: string): SafetensorsHeader {
  const { __metadata__: metadata = {}, ...tensors } = parseObject(json, path);
  if (
    !isJsonObject(metadata) ||
    Object.values(metadata).some((value) => typeof value !== "string")
  ) {
    throw malformed(path, "__metadata__ to map names to text", show(metadata));
  }
  const entries = Object.entries(tensors).map(([name, value]) => readEntry(name, value, path));
  checkLayout(entries, dataBytes, path);
  return {
    entries: new Map(entries.map((entry) => [entry.name, entry])),
    metadata: metadata as Record<string, string>,
  };
}

/**
 * The first bytes of a file with these tensors, in this order, up to where data begins (a multiple of 8 bytes).
 * Throws UserError for a name twice and for data of another size than dtype and shape tell.
 */
export function formatHeader(
  tensors: readonly WritableTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const members: string[] = [];
  const add = (name: string, value: unknown) =>
    members.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
  if (Object.keys(metadata).length > 0) add("__metadata__", metadata);
  const names = new Set(["__metadata__"]);
  let start = 0;
  for (const tensor of tensors) {
    const { name, dtype, shape } = tensor;
    const sizeBytes = sizeOf(dtype, shape);
    checkWritable(tensor, names);
    names.add(name);
    add(name, { dtype, shape, data_offsets: [start, start + sizeBytes] });
    start += sizeBytes;
  }
  const json = new TextEncoder().encode(`{${members.join(",")}}`);
  const jsonBytes = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + jsonBytes).fill(" ".charCodeAt(0));
  new DataView(bytes.buffer).setBigUint64(0, BigInt(jsonBytes), true);
  bytes.set(json, 8);
  return bytes;
}

function checkWritable({ name, dtype, shape, data }: WritableTensor, names: ReadonlySet<string>) {
  if (names.has(name)) {
    throw new UserError(
      `writeSafetensors: expected each name once and no "__metadata__", got "${name}" again. Rename it.`,
    );
  }
  const expected = sizeOf(dtype, shape);
  if (typeof data !== "function" && data.byteLength !== expected) {
    throw new UserError(
      `writeSafetensors: expected ${expected} bytes for "${name}", ${dtype} (${shape.join(", ")}), ` +
        `got ${data.byteLength}. Pass data of that shape.`,
    );
  }
}

function parseObject(json: Uint8Array, path: string): Record<string, unknown> {
  let value: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json);
    const twice = duplicateKey(text);
    if (twice !== undefined) throw malformed(path, "each name once", `${show(twice)} twice`);
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw malformed(path, "a header in JSON", `an error: ${(error as Error).message.slice(0, 80)}`);
  }
  if (!isJsonObject(value)) throw malformed(path, "a JSON object as header", show(value));
  return value;
}

function readEntry(name: string, value: unknown, path: string): TensorEntry {
  if (!isJsonObject(value))
    throw malformed(path, `an object for tensor ${show(name)}`, show(value));
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(bytesPerElement, dtype)) {
    throw new UserError(
      `${path}: expected dtype of ${show(name)} to be one of ${Object.keys(bytesPerElement).join(", ")}, ` +
        `got ${show(dtype)}. Convert the tensor to one of these.`,
    );
  }
  if (!isCounts(shape)) throw malformed(path, `a shape for ${show(name)}`, show(shape));
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw malformed(path, `data_offsets of ${show(name)} to be [begin, end]`, show(offsets));
  }
  const sizeBytes = sizeOf(dtype as StoredDtype, shape);
  if (offsets[1] - offsets[0] !== sizeBytes) {
    const got = `${offsets[1] - offsets[0]}`;
    throw malformed(path, `${sizeBytes} bytes for ${show(name)}, ${dtype} ${show(shape)}`, got);
  }
  return { name, dtype: dtype as StoredDtype, shape, start: offsets[0], sizeBytes };
}

/** The tensors must lie end to end and fill the data exactly: no hole in which to hide, no overlap. */
function checkLayout(entries: readonly TensorEntry[], dataBytes: number, path: string): void {
  let end = 0;
  const inOrder = entries.toSorted((a, b) => a.start - b.start || a.sizeBytes - b.sizeBytes);
  for (const { name, start, sizeBytes } of inOrder) {
    if (start !== end) throw malformed(path, `${show(name)} to begin at byte ${end}`, `${start}`);
    end += sizeBytes;
  }
  if (end !== dataBytes) throw malformed(path, `${end} bytes of data`, `${dataBytes}`);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

/** A value from the file as JSON on one line, cut short: it may be long or full of control characters. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
