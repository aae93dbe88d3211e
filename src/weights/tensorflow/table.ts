/**
 * @file A sorted table of keys and values as LevelDB lays it out; TensorFlow's `.index` files are such tables.
 * https://github.com/google/leveldb/blob/main/doc/table_format.md
 */
import { ByteCursor, Malformed } from "./byte-cursor.ts";
import { decompressSnappy } from "./snappy.ts";

const footerBytes = 48;
const magic = 0xdb4775248b80fb57n;

/** After each block: how it is compressed, and a checksum. */
const trailerBytes = 5;

/** All entries of a table, in order. Throws Malformed. */
export function* readTable(file: Uint8Array): Generator<[key: string, value: Uint8Array]> {
  if (file.length < footerBytes) throw new Malformed(`${file.length} bytes`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getBigUint64(file.length - 8, true) !== magic)
    throw new Malformed("another magic number");
  const footer = new ByteCursor(file.subarray(file.length - footerBytes, file.length - 8));
  readHandle(footer); // of the meta index, which nothing uses
  for (const [, handle] of readBlock(file, readHandle(footer))) {
    yield* readBlock(file, readHandle(new ByteCursor(handle)));
  }
}

interface Handle {
  readonly offset: number;
  readonly size: number;
}

function readHandle(cursor: ByteCursor): Handle {
  return { offset: cursor.varint(), size: cursor.varint() };
}

/** The entries of a block. A key shares its beginning with the one before. */
function* readBlock(file: Uint8Array, { offset, size }: Handle): Generator<[string, Uint8Array]> {
  const bytes = blockBytes(file, { offset, size });
  if (bytes.length < 4) throw new Malformed("a block without an end");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const restarts = view.getUint32(bytes.length - 4, true);
  const end = bytes.length - 4 - 4 * restarts;
  if (end < 0) throw new Malformed(`${restarts} restarts`);
  const cursor = new ByteCursor(bytes.subarray(0, end));
  const text = new TextDecoder();
  let key = "";
  while (!cursor.isAtEnd) {
    const [shared, own, length] = [cursor.varint(), cursor.varint(), cursor.varint()];
    if (shared > key.length) throw new Malformed("a key that shares more than there is");
    key = key.slice(0, shared) + text.decode(cursor.take(own)); // names are ASCII
    yield [key, cursor.take(length)];
  }
}

function blockBytes(file: Uint8Array, { offset, size }: Handle): Uint8Array {
  if (!(offset + size + trailerBytes <= file.length)) {
    throw new Malformed(`a block of ${size} bytes at ${offset}`);
  }
  const stored = file.subarray(offset, offset + size);
  const compression = file[offset + size];
  if (compression === 0) return stored;
  if (compression === 1) return decompressSnappy(stored);
  throw new Malformed(`compression ${compression}`);
}
