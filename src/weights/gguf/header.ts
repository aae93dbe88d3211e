/**
 * @file The front of a GGUF file, versions 2 and 3: magic, counts, metadata, and where each tensor lies. Lengths in it
 * come from strangers, so each is compared with the bytes that are there before memory is taken for it.
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import { UserError } from "../../errors.ts";
import { HeaderCursor } from "./header-cursor.ts";
import { blockSizeOf, type BlockSize } from "./ggml-types.ts";
import { arrayId, bytesOf, scalarTypeOf, scalarTypes, stringId } from "./metadata.ts";
import type { Metadata, MetadataValue, ScalarType } from "./metadata.ts";

/** A tensor of a GGUF file. */
export interface GgufEntry {
  readonly name: string;
  /** ggml's name of the number format. */
  readonly dtype: string;
  /** Rows first, as everywhere in this project; the file has it the other way round. */
  readonly shape: readonly number[];
  /** Bytes from the beginning of the data. */
  readonly start: number;
  readonly sizeBytes: number;
}

export interface GgufHeader {
  readonly metadata: Metadata;
  readonly entries: ReadonlyMap<string, GgufEntry>;
  /** Where the data begins, in bytes from the beginning of the file. */
  readonly dataStart: number;
}

export const magic = 0x46554747; // "GGUF"
export const defaultAlignment = 32;
const mostDimensions = 4;

/** The least bytes that a metadata entry and a tensor's description take. */
const leastEntryBytes = 8 + 4 + 1;
const leastTensorBytes = 8 + 4 + 4 + 8;

/**
 * Reads the front of the file at `path` from `prefix`, its first bytes. Throws a UserError for a file that is damaged or not
 * supported, and `PrefixTooShort` where the front goes on behind the prefix.
 */
export function parseHeader(prefix: Uint8Array, fileBytes: number, path: string): GgufHeader {
  const cursor = new HeaderCursor(prefix, fileBytes, path);
  if (cursor.uint32() !== magic) {
    throw new UserError(`${path}: expected a GGUF file, got another kind. Check the path.`);
  }
  checkVersion(cursor.uint32(), path);
  const tensorCount = cursor.count(leastTensorBytes, "tensors");
  const entryCount = cursor.count(leastEntryBytes, "metadata entries");
  const metadata = new Map<string, MetadataValue>();
  for (let i = 0; i < entryCount; i++) {
    const key = cursor.string();
    if (metadata.has(key)) throw cursor.malformed("each metadata key once", `"${key}" twice`);
    metadata.set(key, readValue(cursor, key));
  }
  const alignment = alignmentOf(metadata, cursor);
  const entries = new Map<string, GgufEntry>();
  for (let i = 0; i < tensorCount; i++) {
    const entry = readEntry(cursor, alignment);
    if (entries.has(entry.name))
      throw cursor.malformed("each tensor once", `"${entry.name}" twice`);
    entries.set(entry.name, entry);
  }
  const dataStart = Math.ceil(cursor.position / alignment) * alignment;
  checkLayout([...entries.values()], fileBytes - dataStart, cursor);
  return { metadata, entries, dataStart };
}

function checkVersion(version: number, path: string): void {
  if (version === 2 || version === 3) return;
  const got = (version & 0xffff) === 0 ? "a big-endian file" : `version ${version}`;
  throw new UserError(
    `${path}: expected GGUF version 2 or 3, got ${got}. Convert it with a current llama.cpp.`,
  );
}

function readValue(cursor: HeaderCursor, key: string): MetadataValue {
  const id = cursor.uint32();
  if (id === stringId) return { type: "string", value: cursor.string() };
  if (id === arrayId) return readArray(cursor, key);
  const type = scalarTypeOf(id);
  if (!type) throw cursor.malformed(`a type for "${key}"`, `${id}`);
  return { type, value: cursor.scalar(type) };
}

function readArray(cursor: HeaderCursor, key: string): MetadataValue {
  const id = cursor.uint32();
  if (id === stringId) {
    const count = cursor.count(8, `texts in "${key}"`);
    const value: string[] = [];
    for (let i = 0; i < count; i++) value.push(cursor.string());
    return { type: "array", of: "string", value };
  }
  const of = scalarTypeOf(id);
  if (!of) throw cursor.malformed(`a type for the elements of "${key}"`, `${id}`);
  const count = cursor.count(bytesOf(of), `numbers in "${key}"`);
  return { type: "array", of, value: readNumbers(cursor, of, count) };
}

function readNumbers(cursor: HeaderCursor, of: ScalarType, count: number): ArrayLike<number> {
  cursor.require(count * bytesOf(of));
  const value = new scalarTypes[of].array(count);
  for (let i = 0; i < count; i++) value[i] = cursor.scalar(of);
  return value;
}

function alignmentOf(metadata: Metadata, cursor: HeaderCursor): number {
  const found = metadata.get("general.alignment");
  if (!found) return defaultAlignment;
  const { type, value } = found;
  const isPower = type === "uint32" && value > 0 && (value & (value - 1)) === 0;
  if (isPower) return value >>> 0;
  throw cursor.malformed("general.alignment to be a power of two", String(value).slice(0, 20));
}

function readEntry(cursor: HeaderCursor, alignment: number): GgufEntry {
  const name = cursor.string();
  const numDimensions = cursor.uint32();
  if (numDimensions > mostDimensions) {
    throw cursor.malformed(
      `at most ${mostDimensions} dimensions for "${name}"`,
      `${numDimensions}`,
    );
  }
  const shape = Array.from({ length: numDimensions }, () => cursor.scalar("uint64")).reverse();
  const id = cursor.uint32();
  const size = blockSizeOf(id);
  if (!size) {
    throw new UserError(
      `${cursor.path}: expected a known number format for "${name}", got number ${id}. Save the model in another one, such as Q8_0.`,
    );
  }
  const start = cursor.scalar("uint64");
  if (start % alignment !== 0) {
    throw cursor.malformed(`"${name}" to begin at a multiple of ${alignment}`, `${start}`);
  }
  return { name, dtype: size.name, shape, start, sizeBytes: sizeOf(shape, size, name, cursor) };
}

function sizeOf(
  shape: readonly number[],
  { name: format, blockLength, blockBytes }: BlockSize,
  name: string,
  cursor: HeaderCursor,
): number {
  const width = shape.at(-1) ?? 1;
  if (width % blockLength !== 0) {
    const expected = `rows of "${name}" to be a multiple of ${blockLength}, as ${format} needs`;
    throw cursor.malformed(expected, `${width}`);
  }
  return shape.reduce((total, length) => total * length, 1) * (blockBytes / blockLength);
}

/** Tensors may not overlap or leave the file; bytes between them are padding. */
function checkLayout(entries: readonly GgufEntry[], dataBytes: number, cursor: HeaderCursor): void {
  let end = 0;
  for (const { name, start, sizeBytes } of entries.toSorted((a, b) => a.start - b.start)) {
    if (start < end)
      throw cursor.malformed(`"${name}" to begin at byte ${end} of the data`, `${start}`);
    end = start + sizeBytes;
    if (!(end <= dataBytes)) {
      throw cursor.malformed(`data up to byte ${end}, for "${name}"`, `${Math.max(0, dataBytes)}`);
    }
  }
}
